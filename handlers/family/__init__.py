"""What a family meets: the days a student chose to show.

Refuses everything the student did not choose.
"""

from aiogram import Router

from handlers.family import days


def build_router() -> Router:
    router = Router(name="family")
    router.include_router(days.build_router())
    return router
