"""What a family meets: the notice of an absence and its answers, and the days a student chose to show.

Refuses everything the student did not choose.
"""

from aiogram import Router

from handlers.family import absences, days, papers


def build_router() -> Router:
    router = Router(name="family")
    router.include_routers(days.build_router(), absences.build_router())
    return router


def build_last_router() -> Router:
    """What a family writes that nothing else has answered; must come after every other conversation."""
    return papers.build_router()
