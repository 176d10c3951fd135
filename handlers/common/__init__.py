"""What everyone meets, whatever their role: the door, the language, help, one's own data.

Refuses personal content: nothing here needs to know more than who is speaking.
"""

from aiogram import Router

from handlers.common import about, agenda, announcing, fallback, help_card, language, listen, reminders, start, week


def build_router() -> Router:
    router = Router(name="common")
    router.include_routers(
        start.build_router(),
        language.build_router(),
        help_card.build_router(),
        listen.build_router(),
        about.build_router(),
        reminders.build_router(),
        week.build_router(),
        agenda.build_router(),
        announcing.build_router(),
    )
    return router


def build_last_router() -> Router:
    """What nothing else has answered; must come after every other router."""
    return fallback.build_router()
