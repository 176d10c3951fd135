"""After it was sent: paused and taken up, corrected, taken back; scheduled, every week, or not at all; files, paper, tables."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import select

from domain.calendar import instant
from domain.people import Actor, Grant, PersonId, Role
from services import people
from storage.tables import Broadcast, Person
from tests.conversations.broadcasting import TEXT, card, got, send, tick, write
from tests.conversations.media import a_photo, a_voice_note
from tests.conversations.school import TUESDAY, School
from webchat.actors import Seen

NIGHT, MORNING = instant(TUESDAY, time(21, 0)), instant(TUESDAY + timedelta(days=1), time(7, 0))
FRIDAY = TUESDAY + timedelta(days=3)


on_both = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


async def later(school: School, weekly: bool = False) -> None:
    await school.helene.tap("🕒 Plus tard")
    await school.helene.tap("27")
    if weekly:
        await school.helene.tap("☐ Chaque semaine")
    await school.helene.tap("8\u00a0h\u00a030")


@on_both
async def test_a_correction_reaches_every_copy_and_says_so(school: School) -> None:
    await school.arrived("paul", "lea", "claire")
    await send(school.paul)
    await tick(school)
    await school.paul.tap("✏ Corriger")
    await school.paul.send("Jeudi, on finit à 16 h.")
    for reader in (school.lea, school.claire):
        assert not got(reader, TEXT)
        found = got(reader, "Jeudi, on finit à 16 h.")
        assert len(found) == 1
        assert found[0].edited
        assert "Ce message a été corrigé." in found[0].text


@on_both
async def test_a_recall_replaces_every_copy_and_deletes_files(school: School) -> None:
    await school.arrived("paul", "lea", "claire", "yusuf")
    await school.paul.tap("📣 Annonce")
    await school.paul.send_photo(a_photo(), "Le planning")
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("✅ Envoyer")
    await send(school.paul)
    assert [seen.kind for seen in got(school.lea, "Le planning")] == ["photo"]
    await tick(school)
    for _ in range(2):
        await school.paul.tap("📋 Les annonces")
        await school.paul.tap("📣 Le planning" if _ else f"📣 {TEXT}")
        await school.paul.tap("↩ Retirer")
        await school.paul.tap("↩ Oui, retirer partout", twice=True)
    await tick(school)
    for reader in (school.lea, school.claire, school.yusuf):
        assert not got(reader, TEXT)
        assert not got(reader, "Le planning")
    for reader in (school.lea, school.claire):  # in their language
        assert len(got(reader, "L'école a retiré cette information.")) == 1
    assert any("↩ Retiré" in seen.text for seen in school.paul.sees)


async def test_what_is_corrected_or_taken_back_at_night_never_arrives_wrong(school: School) -> None:
    await school.arrived("paul", "lea", "claire")
    await school.it_is(NIGHT)
    await write(school.paul)
    await school.paul.tap("👀 Voir et envoyer")
    assert "l'école se tait" in school.paul.last.text
    await school.paul.tap("✅ Envoyer")
    await tick(school)
    assert not got(school.lea, TEXT)
    await school.paul.tap("✏ Corriger")
    await school.paul.send("Finalement 17 h.")
    await send(school.paul, "À retirer")
    await tick(school)
    await school.paul.tap("↩ Retirer")
    await school.paul.tap("↩ Oui, retirer partout")
    await school.it_is(MORNING)
    assert [len(got(school.lea, words)) for words in (TEXT, "Finalement 17 h.", "À retirer", "retiré")] == [0, 1, 0, 0]


@on_both
async def test_a_pause_holds_the_rest_and_taking_it_up_sends_each_once(school: School) -> None:
    await school.arrived("paul", "lea", "claire", "yusuf")
    await school.it_is(NIGHT)
    await send(school.paul)
    await tick(school)
    await school.paul.tap("⏸ Pause")
    assert "⏸ En pause" in school.paul.last.text
    await school.it_is(MORNING)
    assert not got(school.lea, TEXT)
    await school.paul.tap("▶ Reprendre", twice=True)
    await tick(school)
    assert [len(got(reader, TEXT)) for reader in (school.lea, school.claire, school.yusuf)] == [1, 1, 1]
    await school.it_is(MORNING + timedelta(hours=15))
    await send(school.paul, "Pas pour tous")
    await tick(school)
    await school.paul.tap("⏹ Arrêter le reste")
    await school.it_is(MORNING + timedelta(days=1))
    assert not got(school.lea, "Pas pour tous")
    assert "⏹ Arrêté" in card(school.paul).text


@on_both
async def test_it_leaves_at_the_hour_that_was_chosen_and_every_week(school: School) -> None:
    await school.arrived("helene", "lea")
    await write(school.helene)
    await later(school, weekly=True)
    assert "C'est prévu" in school.helene.last.text
    await school.it_is(instant(FRIDAY, time(8, 29)))
    assert not got(school.lea, TEXT)
    await school.it_is(instant(FRIDAY, time(8, 30)))
    await tick(school)
    assert len(got(school.lea, TEXT)) == 1
    for week in (1, 2, 3, 4, 5, 6):
        await school.it_is(instant(FRIDAY + timedelta(weeks=week), time(8, 31)))
    sent = {seen.m["date"] for seen in got(school.lea, TEXT)}
    assert len(got(school.lea, TEXT)) == len(sent) == 5, "not on Christmas Day, and not on New Year's"


async def test_at_a_silent_hour_nothing_can_be_planned_and_a_plan_can_be_given_up(school: School) -> None:
    await school.arrived("helene", "lea")
    await write(school.helene)
    await school.helene.press(school.helene.last.message_id, "bcs1:1:2026-11-28:540:0")
    assert "lundi 30 novembre, 7" in (school.helene.toast or "").replace("\u00a0", " ")
    await later(school)
    await school.helene.tap("✖ Ne pas envoyer")
    await school.it_is(instant(FRIDAY, time(9, 0)))
    assert not got(school.lea, TEXT)


@on_both
async def test_an_author_who_lost_the_role_meanwhile_sends_nothing_and_the_direction_hears(school: School) -> None:
    await school.arrived("helene", "paul", "lea")
    await write(school.paul)
    await school.paul.tap("🕒 Plus tard")
    await school.paul.tap("27")
    await school.paul.tap("8\u00a0h\u00a030")
    async with school.unit_of_work().reading() as session:
        row = (await session.exec(select(Broadcast))).one()
        helene = await session.get_one(Person, school.people["helene"])
    assert row.send_at == instant(FRIDAY, time(8, 30))
    director = Actor(helene.language, (Grant(Role.DIRECTION),), PersonId(helene.id or 0), "Hélène", Role.DIRECTION)
    await people.revoke(school.unit_of_work(), director, school.people["paul"], Role.TRAINER, school.clock.now())
    await school.it_is(instant(FRIDAY, time(8, 30)))
    assert not got(school.lea, TEXT)
    assert len(got(school.helene, "n'est pas parti")) == 1


async def test_several_files_arrive_in_order_and_forwarding_begins_a_draft(school: School) -> None:
    await school.arrived("paul", "lea")
    await school.paul.tap("📣 Annonce")
    await school.paul.send_photo(a_photo())
    await school.paul.send_document(b"%PDF-1.4 rien", "note d'atelier.pdf")
    await school.paul.send_voice(a_voice_note(2))
    await school.paul.send("Tout est là.")
    assert "3 fichiers" in school.paul.last.text
    await school.paul.tap("👀 Voir et envoyer")
    before = len(school.lea.sees)
    await school.paul.tap("✅ Envoyer")
    arrived: list[Seen] = school.lea.sees[before:]
    assert [seen.kind for seen in arrived] == ["photo", "document", "voice"]
    assert arrived[1].m["document"]["file_name"] == "note d'atelier.pdf"
    assert "Tout est là." in arrived[2].text


@on_both
async def test_a_photo_is_uploaded_once_for_all_its_readers(school: School) -> None:
    await school.arrived("helene", "lea", "claire", "yusuf", "samira")
    await school.helene.tap("📣 Annonce")
    await school.helene.send_photo(a_photo(), "Le planning")
    await school.helene.tap("👀 Voir et envoyer")
    calls: list[str] = []
    school.chat.listen(lambda call: calls.append(str(call.parameters)) if call.method == "sendPhoto" else None)
    await school.helene.tap("✅ Envoyer", twice=True)
    await tick(school)
    assert len(calls) == 4
    assert sum("bytes)" in call for call in calls) == 1
    assert all(
        len(got(reader, "Le planning")) == 1 for reader in (school.lea, school.claire, school.yusuf, school.samira)
    )
    assert "4 sur 4" in card(school.helene).text


async def test_paper_for_exactly_those_without_a_chat_and_a_table_for_the_author(school: School) -> None:
    await school.arrived("helene", "lea", "samira")
    await send(school.helene, kind="À confirmer")
    school.samira.block()
    await tick(school)
    await school.helene.tap("🖨 À remettre en main propre")
    assert school.helene.last.kind == "document"
    pages = await school.helene.download(school.helene.last.m["document"]["file_id"])
    assert pages.startswith(b"%PDF")
    await school.helene.tap("📄 Tableau")
    table = (await school.helene.download(school.helene.last.m["document"]["file_id"])).decode("utf-8-sig")
    assert "Léa;;élève;Arrivé;;;" in table.replace("\u00a0", " ")


async def test_whoever_blocked_us_is_counted_by_reason_and_left_school_is_not_written_to(school: School) -> None:
    await school.arrived("helene", "lea", "claire", "yusuf")
    await school.it_is(NIGHT)
    await send(school.helene)
    school.claire.block()
    async with school.database.session() as session:
        yusuf = await session.get_one(Person, school.people["yusuf"])
        yusuf.left_at = NIGHT
        session.add(yusuf)
        await session.commit()
    await school.settled()
    await school.it_is(MORNING)
    await tick(school)
    shown = card(school.helene).text.replace("\u00a0", " ")
    assert "Conversation fermée par la personne : 1" in shown
    assert "Plus concernés : 1" in shown
    assert not got(school.yusuf, TEXT)


async def test_too_late_to_delete_a_file_is_refused(school: School) -> None:
    await school.arrived("paul", "lea")
    await school.paul.tap("📣 Annonce")
    await school.paul.send_photo(a_photo(), "Le planning")
    await school.paul.tap("👀 Voir et envoyer")
    await school.paul.tap("✅ Envoyer")
    await tick(school)
    message = card(school.paul).message_id
    await school.it_is(instant(date(2026, 11, 27), time(10, 0)))
    await school.paul.press(message, "bcf1:1:sure")
    assert "trop tard" in (school.paul.toast or "")
    assert got(school.lea, "Le planning")
