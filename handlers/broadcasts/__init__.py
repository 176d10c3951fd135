"""What is written to many: composed, aimed, sent now or later, followed; and what its readers say to it.

Refuses students and families as authors: they read, answer with a tap, and talk with the author in private.
"""

from aiogram import Router

from handlers.broadcasts.audience import build_router as aiming
from handlers.broadcasts.compose import build_router as composing
from handlers.broadcasts.private import build_router as talking
from handlers.broadcasts.progress import build_router as following
from handlers.broadcasts.reading import build_router as reading
from handlers.broadcasts.texts import build_router as translating
from handlers.broadcasts.urgent import build_router as alarming
from handlers.broadcasts.when import build_router as timing


def build_router() -> Router:
    router = Router(name="broadcasts")
    for build in (reading, talking, following, aiming, timing, translating, alarming, composing):
        router.include_router(build())
    return router
