"""Two small widgets for guided flows: text found at the moment it is shown, and the key of the help card.

Refuses text fixed at import: a dialog is built once and read in five languages.
"""

from collections.abc import Callable
from typing import Any

from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text as Formatted
from aiogram_dialog import DialogManager
from aiogram_dialog.widgets.kbd import Button
from aiogram_dialog.widgets.text import Text

from domain.people import Actor
from domain.school import School
from handlers.common.help_card import card, card_keys
from locales import _


class Words(Text):
    """Text made by a function of the window's data, in the current language, escaped by aiogram's formatting."""

    def __init__(self, make: Callable[[dict[str, Any]], Formatted | str], *, plain: bool = False) -> None:
        super().__init__()
        self._make = make
        self._plain = plain

    async def _render_text(self, data: dict[str, Any], manager: DialogManager) -> str:
        made = self._make(data)
        if self._plain:
            return str(made)
        return (made if isinstance(made, Formatted) else Formatted(made)).as_html()


def key_words(make: Callable[[dict[str, Any]], str]) -> Words:
    """Words of a key: keys know no formatting."""
    return Words(make, plain=True)


async def _show_help(callback: CallbackQuery, _button: Button, manager: DialogManager) -> None:
    actor: Actor = manager.middleware_data["actor"]
    school: School = manager.middleware_data["school"]
    if isinstance(callback.message, Message):
        await callback.message.answer(reply_markup=card_keys(actor), **card(actor, school).as_kwargs())


def help_key() -> Button:
    """The help card, one tap away from every step; the form stays open where it was."""
    return Button(key_words(lambda _data: _("🆘 Aide")), id="help", on_click=_show_help)
