"""Help is one tap away, always, and an adult of the school is two."""

from datetime import timedelta

import pytest

from handlers.common.help_card import REVIEWED
from tests.conversations.school import School


async def test_the_card_is_there_at_every_step_and_the_page_stays_open(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    for key in ("🙂 Bien", "Continuer", "Passer", "✅ Envoyer"):
        assert "🆘 Aide" in next(seen.keys for seen in reversed(school.lea.sees) if key in " ".join(seen.keys))
        await school.lea.tap("🆘 Aide")
        card = school.lea.sees[-1].text
        for number in ("112", "114", "119", "3018", "3114"):
            assert number in card
        await school.lea.tap(key)
    assert any("Merci, c'est gardé" in seen.text for seen in school.lea.sees)


async def test_a_student_asks_to_talk_and_an_adult_takes_it_up(school: School) -> None:
    await school.arrived("lea", "paul", "claire", "helene")
    await school.lea.tap("🆘 Aide")
    await school.lea.tap("🗣 Parler à un adulte de l'école")
    assert "ta famille n'est pas prévenue" in school.lea.last.text
    await school.lea.tap("Oui, préviens un adulte")
    assert "C'est envoyé à la direction." in school.lea.last.text
    await school.deliver()
    assert "Léa voudrait parler avec un adulte" in school.helene.last.text
    for outsider in (school.paul, school.claire):
        assert not any("voudrait parler" in message.text for message in outsider.sees)
    await school.helene.tap("Je m'en occupe")
    await school.deliver()
    assert "Hélène a vu ta demande" in school.lea.last.text


async def test_asking_twice_is_one_wish(school: School) -> None:
    await school.arrived("lea", "helene")
    await school.lea.tap("🆘 Aide")
    await school.lea.tap("🗣 Parler à un adulte de l'école")
    await school.lea.tap("Oui, préviens un adulte", twice=True)
    await school.deliver()
    assert sum("voudrait parler" in message.text for message in school.helene.sees) == 1


async def test_saying_no_tells_nobody(school: School) -> None:
    await school.arrived("lea", "helene")
    await school.lea.tap("🆘 Aide")
    await school.lea.tap("🗣 Parler à un adulte de l'école")
    await school.lea.tap("Non, pas maintenant")
    await school.deliver()
    assert not any("voudrait parler" in message.text for message in school.helene.sees)


@pytest.mark.parametrize("who", ["lea", "claire", "paul", "helene", "garage"])
async def test_everyone_has_the_card(school: School, who: str) -> None:
    person = getattr(school, who)
    await (person.start() if who == "garage" else school.arrived(who))
    await person.send("/help")
    assert "3114" in person.last.text


def test_numbers_and_hours_are_reviewed_every_year(now: object) -> None:
    from datetime import UTC, datetime

    reviewed = datetime.fromisoformat(REVIEWED).replace(tzinfo=UTC)
    assert datetime.now(UTC) - reviewed < timedelta(days=366), (
        "compare the help card's numbers with their sources again"
    )
