"""What the direction meets: what adults write to students, who wants to talk, what is stuck.

Refuses the students' own pages: they were shown to somebody else, or to nobody.
"""

from aiogram import Router

from handlers.direction import oversight


def build_router() -> Router:
    router = Router(name="direction")
    router.include_router(oversight.build_router())
    return router
