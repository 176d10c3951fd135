"""A photo, a paper or a few words of a family: a kind answer that says where they belong.

Refuses to keep any of it: a certificate says more about a health than a school may know.
"""

from aiogram import Router
from aiogram.enums import ContentType
from aiogram.filters import Filter, StateFilter
from aiogram.types import Message

from domain.people import Actor, Role
from domain.school import School
from handlers.menus import home_bar
from handlers.policy import SpeakingAs, allow
from locales import _, formats

_PAPERS = frozenset({ContentType.PHOTO, ContentType.DOCUMENT, ContentType.VIDEO, ContentType.VIDEO_NOTE})
_WORDS = frozenset({ContentType.TEXT, ContentType.VOICE, ContentType.AUDIO})


class Sent(Filter):
    """Filter: one of these was sent, and it is no command."""

    def __init__(self, kinds: frozenset[ContentType]) -> None:
        self._kinds = kinds

    async def __call__(self, message: Message) -> bool:
        return message.content_type in self._kinds and not (message.text or "").startswith("/")


def _call(school: School) -> str:
    if school.contact:
        return _("Pour parler à quelqu'un : {contact}.", contact=formats.isolate_ltr(school.contact))
    return _("Pour parler à quelqu'un, appelez l'école.")


async def refuse_paper(message: Message, actor: Actor) -> None:
    """A certificate, most often. It is not fetched."""
    words = _(
        "Merci, mais l'école ne garde pas de photo ni de papier ici. Apportez le papier à l'école, s'il vous plaît."
    )
    await message.answer(words, reply_markup=home_bar(actor.active_role))


async def refuse_words(message: Message, actor: Actor, school: School) -> None:
    """Written or spoken: nobody would read it here, and that is said."""
    words = _("Personne ne lit les messages écrits ici. Pour répondre, un appui sur une touche suffit.")
    await message.answer(f"{words} {_call(school)}", reply_markup=home_bar(actor.active_role))


def build_router() -> Router:
    router = Router(name="papers")
    family, only, nothing_begun = SpeakingAs(Role.GUARDIAN), allow(Role.GUARDIAN), StateFilter(None)
    router.message.register(refuse_paper, family, nothing_begun, Sent(_PAPERS), flags=only)
    router.message.register(refuse_words, family, nothing_begun, Sent(_WORDS), flags=only)
    return router
