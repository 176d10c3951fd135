"""What a student meets: telling the day, being answered, and deciding at eighteen.

Refuses typed commands as the only way: everything is a key, a picture or a voice.
"""

from aiogram import Router

from handlers.student import coming_of_age, reflection, shown_days, work


def build_router() -> Router:
    router = Router(name="student")
    router.include_routers(
        work.build_router(), reflection.build_router(), coming_of_age.build_router(), shown_days.build_router()
    )
    return router
