"""The steps of stories about what is written to many."""

from tests.conversations.school import School
from webchat.actors import Actor, Seen

TEXT = "Jeudi, on finit à 15 h. La forge ferme."


async def write(author: Actor, text: str = TEXT) -> None:
    """A draft of these words."""
    await author.tap("📣 Annonce")
    await author.send(text)


async def send(author: Actor, text: str = TEXT, kind: str | None = None) -> None:
    """The shortest way: the words, perhaps another kind, a look, and off."""
    await write(author, text)
    if kind is not None:
        await author.tap(kind)
    await author.tap("👀 Voir et envoyer")
    await author.tap("✅ Envoyer")


def got(actor: Actor, words: str) -> list[Seen]:
    """What this person received that holds these words."""
    return [seen for seen in actor.sees if not seen.out and words in seen.text]


def card(author: Actor) -> Seen:
    """The author's message that shows how far it is."""
    return next(seen for seen in reversed(author.sees) if "🔄 Actualiser" in seen.keys)


async def tick(school: School) -> None:
    """The clock of the process ticks, and what is owed leaves."""
    await school.app.ticker.tick()
    await school.deliver()
