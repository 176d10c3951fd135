"""The conversation: every word, button and state a person meets.

Refuses the database and the process: a handler parses, calls one verb, and answers.
"""

from aiogram import Router

from handlers import broadcasts, business, common, direction, errors, family, quotes, student, trainer


def build_routers() -> tuple[Router, ...]:
    """All routers in the order they are asked: what is always there first, what answers anything last."""
    return (
        errors.build_router(),
        quotes.build_first_router(),
        common.build_router(),
        broadcasts.build_router(),
        quotes.build_router(),
        student.build_router(),
        trainer.build_router(),
        family.build_router(),
        direction.build_router(),
        business.build_router(),
        family.build_last_router(),
        common.build_last_router(),
    )
