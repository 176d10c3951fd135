"""What a student meets: telling the day, and being answered.

Refuses typed commands as the only way: everything is a key, a picture or a voice.
"""

from aiogram import Router

from handlers.student import reflection


def build_router() -> Router:
    router = Router(name="student")
    router.include_router(reflection.build_router())
    return router
