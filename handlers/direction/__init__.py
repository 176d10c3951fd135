"""What the direction meets: what adults write to students, who wants to talk, what is stuck, the timetable.

Refuses the students' own pages: they were shown to somebody else, or to nobody.
"""

from aiogram import Router

from handlers.direction import (
    attendance,
    beforehand,
    calendar,
    lights,
    oversight,
    register,
    register_codes,
    timetable,
)


def build_router() -> Router:
    router = Router(name="direction")
    router.include_router(oversight.build_router())
    router.include_router(calendar.build_router())
    router.include_router(attendance.build_router())
    router.include_router(lights.build_router())
    router.include_router(register.build_router())
    router.include_router(register_codes.build_router())
    router.include_router(beforehand.build_router())
    router.include_router(timetable.build_router())
    return router
