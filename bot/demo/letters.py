"""The demo's post office: what would leave by e-mail is shown among what the bot sent.

Refuses to write to anybody: no server is asked.
"""

from bot.pacing import Pacing
from handlers.notices import Outgoing
from handlers.notices.letters import as_letter
from webchat import WebChat


class ShownLetters:
    """The e-mail door of the demo."""

    outside = True

    def __init__(self, chat: WebChat, school: str) -> None:
        self._chat, self._school = chat, school
        self.pacing = Pacing()

    def place(self, address: str) -> int:
        """Letters are not paced."""
        return 0

    async def carry(self, address: str, outgoing: Outgoing) -> int | None:
        """Show one letter."""
        letter = as_letter(outgoing, self._school)
        self._chat.show_call("e-mail", {"to": address, "subject": letter.subject, "text": letter.body})
        return None
