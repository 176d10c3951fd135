"""Friday's story: the trainer looks first, changes it, holds it or sends it; the family hears once, or not at all."""

from datetime import date, datetime, time, timedelta

import pytest

from domain.calendar import instant
from domain.people import GuardianRight
from tests.conversations.attendance import born_sixteen_on, change_guardian, guardian, last, plain, texts
from tests.conversations.media import a_photo, a_voice_note
from tests.conversations.school import TUESDAY, School
from webchat.actors import Actor as Phone

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
FRIDAY, MONDAY = TUESDAY + timedelta(days=3), TUESDAY - timedelta(days=1)
INVITED, LEAVES = instant(FRIDAY, time(13, 31)), instant(FRIDAY, time(17, 1))


async def tell(school: School, *tasks: str, photos: int = 1, family: bool = True, at: datetime | None = None) -> None:
    """Léa tells her day, with photos, and shows it to her family or not."""
    if at is not None:
        await school.it_is(at)
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("🙂 Bien")
    for task in tasks or ("Souder",):
        await school.lea.tap(task)
    await school.lea.tap("Continuer")
    for _ in range(photos):
        await school.lea.send_photo(a_photo())
    if not photos:
        await school.lea.tap("Passer")
    if family:
        await school.lea.tap("🏠 Montrer à ma famille")
    await school.lea.tap("✅ Envoyer")


def heard(person: Phone, words: str = "La semaine de Léa") -> int:
    return sum(words in text for text in texts(person))


@on_both
async def test_the_trainer_looks_first_and_the_family_hears_at_five(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.it_is(INVITED)
    assert last(school.paul).startswith("Les nouvelles de la semaine partent vers les familles à 17 h.")
    await school.paul.tap("👀 Voir les nouvelles")
    assert school.paul.last.keys == ["📨 Léa"]
    await school.paul.tap("📨 Léa")
    assert school.paul.last.kind == "photo"
    assert last(school.paul).startswith("La semaine de Léa\nAu travail : Souder.\n\nUne question pour la table : ")
    assert last(school.paul).endswith("📨 Départ vers la famille : vendredi 27 novembre, 17 h.")
    assert heard(school.claire) == 0
    await school.it_is(LEAVES)
    assert heard(school.claire) == 1
    assert school.claire.last.kind == "photo"
    assert last(school.claire).startswith("La semaine de Léa\nAu travail : Souder.\n\nUne question pour la table : ")
    assert "Départ" not in last(school.claire)
    await school.it_is(LEAVES + timedelta(minutes=20))
    assert heard(school.claire) == 1


async def test_another_photo_another_work_another_question(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school, "Souder", "Meuler", photos=3)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    card = school.paul.last
    photos = [card.m["photo"][-1]["file_unique_id"]]
    for _ in range(3):
        await school.paul.tap("🖼 Une autre photo")
        assert school.paul.last.message_id == card.message_id
        photos.append(school.paul.last.m["photo"][-1]["file_unique_id"])
    before = last(school.paul)
    await school.paul.tap("🔧 Un autre travail")
    assert ("Souder" in before) != ("Souder" in last(school.paul))
    question = last(school.paul).split("Une question pour la table : ")[1]
    await school.paul.tap("❓ Une autre question")
    assert last(school.paul).split("Une question pour la table : ")[1] != question
    shown = last(school.paul).split("\n\n📨")[0]
    await school.it_is(LEAVES)
    assert last(school.claire) == shown


async def test_without_its_photo_it_is_words(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.paul.tap("🚫 Sans photo")
    assert school.paul.last.kind == "text"
    assert not any("Sans photo" in key for key in school.paul.last.keys)
    await school.it_is(LEAVES)
    assert school.claire.last.kind == "text"
    assert heard(school.claire) == 1


async def test_what_is_held_does_not_leave_until_it_is_let_go(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.paul.tap("⏸ Garder")
    assert last(school.paul).endswith("⏸ Ces nouvelles ne partent pas.")
    await school.it_is(LEAVES)
    assert heard(school.claire) == 0
    await school.paul.tap("▶ Laisser partir vendredi")
    await school.it_is(LEAVES + timedelta(minutes=10))
    assert heard(school.claire) == 1


async def test_a_trainer_sends_it_at_once_and_friday_sends_no_second(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.paul.tap("📨 Envoyer maintenant")
    assert heard(school.claire) == 1
    assert last(school.paul).endswith("✅ C'est parti vers la famille.")
    assert school.paul.last.keys == ["⬅ Toutes les nouvelles"]
    await school.it_is(LEAVES)
    assert heard(school.claire) == 1


async def test_what_left_meanwhile_is_shown_as_it_left(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.it_is(LEAVES)
    await school.paul.tap("⏸ Garder")
    assert plain(school.paul.toast or "") == "✅ C'est parti vers la famille."
    [card] = [seen for seen in school.paul.sees if seen.kind == "photo"]
    assert card.keys == ["⬅ Toutes les nouvelles"]
    await school.it_is(instant(FRIDAY + timedelta(days=3), time(9)))
    await school.paul.tap("⬅ Toutes les nouvelles")
    assert school.paul.toast == "Cette semaine est passée. Les nouvelles d'une semaine partent le vendredi."


async def test_nothing_to_tell_is_nothing_sent(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school, family=False)
    await school.paul.send("/nouvelles")
    assert last(school.paul).startswith("Rien à raconter cette semaine pour le moment")
    await school.it_is(INVITED)
    await school.it_is(LEAVES)
    assert heard(school.paul, "partent vers les familles") == heard(school.claire) == 0


async def test_a_voice_alone_is_not_told(school: School) -> None:
    """A voice is for whom the student chose to listen, not for Friday's post."""
    await school.arrived("lea", "claire", "paul")
    await tell(school, photos=0)
    await school.lea.send_voice(a_voice_note(2))
    await school.it_is(LEAVES)
    assert school.claire.last.kind == "text"


async def test_a_student_who_takes_the_day_back_takes_the_story_with_it(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("🙂 Bien")
    await school.lea.tap("Continuer")
    await school.lea.tap("Continuer")
    await school.lea.tap("🏠 Montrer à ma famille")
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("❓ Une autre question")
    assert plain(school.paul.toast or "") == "Il n'y a plus rien à raconter : l'élève a changé d'avis."
    await school.it_is(LEAVES)
    assert heard(school.claire) == 0


async def test_only_guardians_with_the_right_hear_it_and_only_own_trainers_look(school: School) -> None:
    await guardian(school, "samira", "lea", rights=[GuardianRight.ABSENCE])
    await school.arrived("lea", "claire", "samira", "paul", "karine")
    await tell(school)
    await school.karine.send("/nouvelles")
    assert last(school.karine).startswith("Rien à raconter")
    await school.karine.press(school.karine.last.message_id, f"storys1:{school.people['lea']}:{MONDAY}")
    assert school.karine.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.it_is(LEAVES)
    assert heard(school.claire) == 1
    assert not any("Léa" in text for text in texts(school.samira))


async def test_a_queued_story_is_not_told_to_whoever_must_not_be_contacted(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await tell(school)
    school.claire.block()
    await change_guardian(school, "claire", "lea", no_contact=True)
    await school.paul.send("/nouvelles")
    await school.paul.tap("📨 Léa")
    await school.paul.tap("📨 Envoyer maintenant")
    assert (
        plain(school.paul.toast or "") == "Rien n'est parti : personne de la famille n'est inscrit pour ces nouvelles."
    )
    school.claire.unblock()
    await school.it_is(LEAVES)
    assert heard(school.claire) == 0


async def test_at_eighteen_the_student_decides_whether_the_family_hears_on(school: School) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.lea.send("/famille")
    assert last(school.lea).startswith("Avant 18 ans, l'école parle aussi à ta famille.")
    await tell(school)
    await born_sixteen_on(school, "lea", date(2024, 11, 26))
    await school.it_is(instant(date(2026, 11, 26), time(9)))
    assert last(school.lea).startswith("Tu as 18 ans : c'est toi qui décides.")
    await school.it_is(LEAVES)
    assert heard(school.claire) == 0
    await school.lea.tap("Oui, ma famille aussi")
    [answered] = [seen for seen in school.lea.sees if "ta famille reçoit encore" in seen.text]
    assert answered.keys[:2] == ["● Oui, ma famille aussi", "Non, moi seulement"]
    await school.it_is(LEAVES + timedelta(minutes=5))
    assert heard(school.claire) == 1
    await school.lea.send("/famille")
    await school.lea.tap("Non, moi seulement")
    assert "ne reçoit plus" in last(school.lea)


async def test_after_four_weeks_without_news_the_trainer_is_nudged_once(school: School) -> None:
    await school.arrived("claire", "paul")
    for week in range(2):
        await school.it_is(LEAVES + timedelta(weeks=week))
    nudges = [text for text in texts(school.paul) if "n'a pas eu de nouvelles" in text]
    assert sorted(nudges) == [
        f"Depuis quatre semaines, la famille de {name} n'a pas eu de nouvelles. "
        "Une photo ou un mot avec l'élève peut aider."
        for name in sorted({text.split("la famille de ")[1].split(" n'a")[0] for text in nudges})
    ]
    assert sum("la famille de Léa" in text for text in nudges) == 1
