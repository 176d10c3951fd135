"""What a trainer meets: the days of the students, and a way to answer with one thumb.

Refuses what a student kept to themselves.
"""

from aiogram import Router

from handlers.trainer import days


def build_router() -> Router:
    router = Router(name="trainer")
    router.include_router(days.build_router())
    return router
