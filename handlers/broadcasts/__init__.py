"""What is written to many: composed, aimed, sent now or later, followed; and what its readers say to it.

Refuses students and families as authors: they read, and answer with a tap.
"""

from aiogram import Router

from handlers.broadcasts import audience, compose, progress, reading, when


def build_router() -> Router:
    router = Router(name="broadcasts")
    for part in (reading, progress, audience, when, compose):
        router.include_router(part.build_router())
    return router
