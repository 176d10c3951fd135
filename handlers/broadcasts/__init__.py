"""What is written to many: composed, aimed, sent now or later, followed; and what its readers say to it.

Refuses students and families as authors: they read, and answer with a tap.
"""

from aiogram import Router

from handlers.broadcasts.audience import build_router as aiming
from handlers.broadcasts.compose import build_router as composing
from handlers.broadcasts.progress import build_router as following
from handlers.broadcasts.reading import build_router as reading
from handlers.broadcasts.when import build_router as timing


def build_router() -> Router:
    router = Router(name="broadcasts")
    for build in (reading, following, aiming, timing, composing):
        router.include_router(build())
    return router
