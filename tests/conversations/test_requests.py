"""A garage owner, a neighbour and a town hall ask for work from a phone; the school takes it, asks, declines, answers."""

import pytest

from tests.conversations.media import a_photo
from tests.conversations.requesting import METAL, TYRES
from tests.conversations.school import School
from webchat.actors import Actor

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
MOST_TAPS = 12
CONTACT = "Paul Martin 01 99 00 12 34"


class Counting:
    """Somebody whose taps are counted; what is typed or sent counts as one as well."""

    def __init__(self, actor: Actor) -> None:
        self.actor, self.acts = actor, 0

    async def tap(self, label: str) -> None:
        self.acts += 1
        await self.actor.tap(label)

    async def send(self, text: str) -> None:
        self.acts += 1
        await self.actor.send(text)

    async def photo(self) -> None:
        self.acts += 1
        await self.actor.send_photo(a_photo())


async def two_tyres(actor: Actor | Counting) -> None:
    """The shortest way to « 2 pneus 205/55 R16 », in keys but for the contact."""
    await actor.tap("📝 Demander un devis")
    await actor.tap(TYRES)
    await actor.tap("🛞 Pneus neufs")
    await actor.tap("205/55 R16")
    await actor.tap("2")
    await actor.tap("🤷 Je ne sais pas")  # the plate
    await actor.tap("🤷 Je ne sais pas")  # the mileage
    await actor.tap("Passer ➡")
    await actor.tap("Peu importe le jour ➡")
    await actor.tap("👤 Moi, particulier")
    await actor.send(CONTACT)
    await actor.tap("✅ Envoyer")


@on_both
async def test_two_tyres_take_twelve_taps_at_most_and_get_a_reference_and_an_hour(school: School) -> None:
    await school.garage.start()
    hand = Counting(school.garage)
    await two_tyres(hand)

    assert hand.acts <= MOST_TAPS
    farewell = next(seen for seen in reversed(school.garage.sees) if "D-2026-0044" in seen.text)
    assert "Vous avez une réponse au plus tard mercredi 25 novembre à 16\u00a0h." in farewell.text
    assert school.garage.bar == ["📝 Demander un devis", "📋 Mes demandes", "🆘 Aide"]
    await school.garage.tap("📋 Mes demandes")
    await school.garage.tap("D-2026-0044")
    assert "205/55 R16" in school.garage.last.text
    assert "Combien : 2" in school.garage.last.text.replace("\u00a0", " ")


async def test_a_gate_with_a_sketch_takes_twelve_at_most(school: School) -> None:
    await school.garage.start()
    hand = Counting(school.garage)
    await hand.tap("📝 Demander un devis")
    await hand.tap(METAL)
    await hand.tap("🚪 Portail")
    await hand.send("3m50 x 1m60")
    await hand.tap("Galvanisé")
    await hand.photo()
    await hand.tap("Continuer ➡")
    await hand.tap("🚐 Je viens le chercher")
    await hand.tap("Peu importe le jour ➡")
    await hand.tap("👤 Moi, particulier")
    await hand.send(CONTACT)
    assert "3500 × 1600 mm" in school.garage.last.text
    await hand.tap("✅ Envoyer")
    assert hand.acts <= MOST_TAPS + 1, "of which two are a photo and a line that are sent, and one is typed"
