"""The list of whom to call: it lives, it is settled by a call, it says which rolls are missing, and it can be printed."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import select

from domain.calendar import instant
from domain.escalation import Why
from domain.people import DoorKind, DoorState, GuardianKind, Language
from domain.rollcall import Half
from handlers.notices.attendance import why_words
from locales import use_language
from services.calls import Callee, ToCall, Unlinked
from services.documents.call_list import print_call_list
from storage.tables import CallTask, Door
from storage.tables.attendance import CallOutcome
from tests.conversations.rolls import START, call, last, minutes_pass
from tests.conversations.school import TUESDAY, School

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


async def telephone(school: School, key: str, number: str) -> None:
    """The school has a number of somebody, and no way to send to it."""
    async with school.database.session() as session:
        session.add(
            Door(
                person_id=school.people[key],
                kind=DoorKind.SMS,
                address=number,
                address_index=f"sms-{key}",
                state=DoorState.BLOCKED,
                position=9,
                opened_at=school.clock.now(),
            )
        )
        await session.commit()


async def outcome(school: School) -> CallOutcome | None:
    async with school.unit_of_work().reading() as session:
        return (await session.exec(select(CallTask))).one().outcome


@on_both
async def test_a_family_without_a_chat_is_called_in_two_taps(school: School) -> None:
    await school.arrived("paul", "helene")
    await telephone(school, "claire", "+33199001299")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 2)
    await school.helene.tap("📞 À appeler")
    assert last(school.helene).startswith(
        "📞 1 famille à appeler\n\nLéa (Métallerie 1)\nmercredi 25 novembre, le matin\nAucune conversation n'est reliée."
    )
    await school.helene.tap("📞 Léa")
    assert "Claire · parent · Français\n+33199001299" in last(school.helene)
    await school.helene.tap("J'ai appelé")
    assert "C'est noté. Merci" in (school.helene.toast or "")
    assert last(school.helene).startswith("✅ Personne à appeler pour le moment.")
    assert await outcome(school) is CallOutcome.REACHED
    await school.paul.tap("🔄 Actualiser")
    assert "❌ Léa : absence · 📞 la famille le sait" in last(school.paul)


async def test_nobody_answered_stays_on_the_list(school: School) -> None:
    await school.arrived("paul", "helene")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 2)
    for _ in range(2):
        await school.helene.send("/aappeler")
        await school.helene.tap("📞 Léa")
        assert "Claire · parent · Français\npas de numéro ici" in last(school.helene)
        await school.helene.tap("Personne n'a répondu")
        assert school.helene.toast == "C'est noté. La famille reste sur la liste."
    assert "2 appels sans réponse, le dernier à 8 h 3" in last(school.helene)
    assert await outcome(school) is None


async def test_a_tap_of_the_mother_settles_it_under_the_eyes_of_the_office(school: School) -> None:
    await school.arrived("paul", "helene", "claire")
    await school.it_is(START)
    await call(school, "Léa")
    for _ in range(5):
        await minutes_pass(school, 8)
    await school.helene.send("/aappeler")
    assert "Message envoyé, pas encore vu." in last(school.helene)
    page = school.helene.last.message_id
    await school.paul.tap("🔄 Actualiser")
    await school.paul.tap("❌ Léa")
    await school.paul.tap("✅ Présence dès le début")
    await school.helene.tap("📞 Léa")
    assert school.helene.toast == "C'est déjà réglé."
    assert (school.helene.last.message_id, last(school.helene)[:1]) == (page, "✅")
    assert await outcome(school) is CallOutcome.CANCELLED


async def test_the_notice_of_a_call_leads_to_the_list(school: School) -> None:
    await school.arrived("paul", "helene")
    await school.it_is(START)
    await call(school, "Léa", "Sam")
    await school.helene.tap("✅ Oui, c'est bien ça")
    await minutes_pass(school, 3)
    await school.helene.tap("📋 Toute la liste")
    assert last(school.helene).startswith("📞 2 familles à appeler")
    await school.helene.tap("📞 Sam")
    await school.helene.tap("✅ J'ai appelé")
    assert last(school.helene).startswith("📞 1 famille à appeler\n\nLéa")


async def test_rolls_not_called_and_doubtful_ones_stand_below(school: School) -> None:
    await school.arrived("paul", "helene", "claire")
    await school.it_is(START)
    await call(school, "Léa", "Yusuf", "Sam")
    await school.helene.send("/aappeler")
    assert "Appels à faire ✋, à vérifier ❓, ou quelqu'un est encore attendu 🕒" in last(school.helene)
    assert "❓ 8 h 30 · Métallerie 1 · Atelier" in last(school.helene)
    assert "✋ 8 h 30 · Pneus 1 · Atelier" in last(school.helene)
    assert "13 h 30" not in last(school.helene)
    await school.helene.tap("❓ 8")
    await school.helene.tap("✅ Oui, c'est bien ça")
    await school.helene.send("/aappeler")
    assert "Métallerie" not in last(school.helene)


async def test_the_list_is_printed(school: School) -> None:
    await school.arrived("paul", "helene")
    await telephone(school, "claire", "+33199001299")
    await school.it_is(START)
    await call(school, "Léa")
    await minutes_pass(school, 2)
    await school.helene.send("/aappeler")
    await school.helene.tap("🖨 Liste à imprimer")
    paper = school.helene.last
    assert paper.m["document"]["file_name"] == "a-appeler-2026-11-25.pdf"
    assert (await school.helene.download(paper.m["document"]["file_id"])).startswith(b"%PDF-")


async def test_only_the_schools_people_find_it(school: School) -> None:
    await school.arrived("paul", "claire", "helene", "karine")
    await school.it_is(START)
    await call(school, "Léa")
    for _ in range(5):
        await minutes_pass(school, 8)
    async with school.unit_of_work().reading() as session:
        task = (await session.exec(select(CallTask.id))).one()
    for key in ("calls1", f"callo1:{task}", f"call1:{task}:1", "callp1"):
        await school.claire.press(school.claire.last.message_id, key)
        assert school.claire.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.karine.press(school.karine.last.message_id, f"call1:{task}:1")
    assert school.karine.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.karine.press(school.karine.last.message_id, f"callo1:{task}")
    assert "Léa" not in last(school.karine)
    await school.karine.press(school.karine.last.message_id, "callp1")
    assert school.karine.toast == "Ce n'est pas possible ici. Le menu montre ce qui marche."
    await school.claire.send("/aappeler")
    assert "à appeler" not in last(school.claire)
    assert await outcome(school) is None
    await school.paul.send("/aappeler")
    assert last(school.paul).startswith("✅ Personne à appeler")


@pytest.mark.parametrize("language", Language)
async def test_any_name_fits_on_paper_in_any_language(language: Language) -> None:
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    hostile = ('#panic("x")', "\u202eévil", "ليلى", "a" * 300, "👩‍🔧", "$x$ *b* _i_ \\", "<b>&amp;")
    lines = [
        ToCall(
            task_id=1,
            absence_id=1,
            first_name=name,
            last_name=name,
            group=name,
            day=TUESDAY + timedelta(days=1),
            half=Half.AFTERNOON,
            why=Why.BLOCKED,
            adult=None,
            opened_at=now,
            tries=2,
            tried_at=instant(TUESDAY, time(9, 0)),
            callees=(Callee(name, None, GuardianKind.CHILD_WELFARE, Language.ARABIC, None),),
        )
        for name in hostile
    ]
    unlinked = [Unlinked(name, name, (name, name), "+33199001299", True) for name in hostile]
    with use_language(language):
        why = {reason: why_words(reason) for reason in Why}
        pages = await print_call_list("École <des> Tilleuls", lines, unlinked, [*hostile], why, now)
    assert pages is not None
    assert pages.startswith(b"%PDF-")
    assert pages.rstrip().endswith(b"%%EOF")
