"""The process was away, died, or could not write: nothing is lost, nothing done twice, nothing claimed too early."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.app import open_database
from storage.tables import Audit, Inbox, Outbox, Poller, Quarantine, Reflection
from storage.tables.intake import InboxState
from storage.tables.outbox import OutboxState
from tests.conversations.school import WEBCHAT_TOKEN, School
from tests.conversations.test_reflection import EVENING, tell


async def been_away(school: School, minutes: int) -> None:
    """Stop, let time pass, start again."""
    await school.settled()
    await school.stop_process()
    database = open_database(school.settings)
    async with database.session() as session:
        for poller in (await session.exec(select(Poller))).all():
            poller.last_seen -= timedelta(minutes=minutes)
            session.add(poller)
        await session.commit()
    await database.close()
    await school.start_process()
    await school.first_poll()
    await school.settled()


async def test_after_a_long_outage_the_open_question_is_asked_again(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("🙂 Bien")
    question = school.lea.last
    await been_away(school, minutes=10)
    assert school.lea.last.message_id > question.message_id
    assert school.lea.last.text == question.text
    await school.lea.tap("Souder")
    await school.lea.tap("Continuer")
    await school.lea.tap("Passer")
    await school.lea.tap("✅ Envoyer")
    assert any("Merci, c'est gardé" in seen.text for seen in school.lea.sees)


async def test_after_a_short_one_nobody_is_bothered(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    before = school.lea.last.message_id
    await been_away(school, minutes=1)
    assert school.lea.last.message_id == before


async def test_an_evening_prompt_that_may_have_been_pressed_in_vain_is_sent_again(school: School) -> None:
    await school.arrived("lea")
    await school.it_is(EVENING)
    before = school.lea.last.message_id
    await been_away(school, minutes=10)
    await school.deliver()
    assert school.lea.last.message_id > before
    assert "Ta journée\u00a0: mardi 24 novembre" in school.lea.last.text


async def test_what_was_done_but_not_answered_is_shown_and_not_done_again(school: School) -> None:
    await school.arrived("lea")
    await school.lea.tap("📔 Ma journée")
    await school.lea.tap("🙂 Bien")
    async with school.database.session() as session:
        last = (await session.exec(select(Inbox).order_by(col(Inbox.id).desc()).limit(1))).one()
        await session.exec(update(Inbox).where(col(Inbox.id) == last.id).values(state=InboxState.DONE))
        await session.commit()
    before = school.lea.last
    await school.stop_process()
    await school.start_process()
    await school.settled()
    assert school.lea.last.message_id > before.message_id
    assert school.lea.last.text == before.text


async def test_an_update_that_comes_twice_has_one_effect(school: School) -> None:
    await school.arrived("lea")
    await tell(school)
    school.chat.faults.repeat_update()
    await school.lea.tap("✅ Envoyer")
    async with school.unit_of_work().reading() as session:
        assert len((await session.exec(select(Audit).where(Audit.verb == "write_reflection"))).all()) == 1


async def test_no_thanks_before_the_commit(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the commit of the reflection every time: the student must not read that it is kept."""
    school.trouble_on_purpose = True
    await school.arrived("lea")
    await tell(school)
    commit = AsyncSession.commit

    async def refusing(self: AsyncSession) -> None:
        if (await self.exec(select(Reflection.id))).first() is not None:
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))
        await commit(self)

    with monkeypatch.context() as patch:
        patch.setattr(AsyncSession, "commit", refusing)
        await school.lea.tap("✅ Envoyer")
    assert not any("Merci" in seen.text for seen in school.lea.sees)
    async with school.unit_of_work().reading() as session:
        assert (await session.exec(select(Reflection))).all() == []
        [aside] = (await session.exec(select(Quarantine))).all()
    assert aside.reason == "failed: OperationalError"
    await school.lea.tap("✅ Envoyer")
    assert any("Merci, c'est gardé" in seen.text for seen in school.lea.sees)


async def test_a_malformed_update_delays_nobody(school: School) -> None:
    await school.arrived("lea", "helene")
    school.trouble_on_purpose = True
    school.chat.inject_raw_update(WEBCHAT_TOKEN, {"message": {"message_id": 1, "date": "hier", "chat": {"id": 101}}})
    school.chat.inject_raw_update(WEBCHAT_TOKEN, {"something_new": {"of": "tomorrow"}})
    await school.lea.tap("📔 Ma journée")
    assert "Comment tu te sens" in school.lea.last.text
    async with school.unit_of_work().reading() as session:
        [aside] = (await session.exec(select(Quarantine))).all()
    assert aside.reason.startswith("unreadable: message.")
    assert "hier" not in aside.reason
    await school.helene.tap("📊 L'état du service")
    assert "Messages reçus illisibles, mis de côté\u00a0: 1" in school.helene.last.text


async def test_a_blocked_student_is_not_written_to_again(school: School) -> None:
    await school.arrived("lea")
    school.lea.block()
    await school.it_is(EVENING)
    async with school.unit_of_work().reading() as session:
        [row] = (
            await session.exec(
                select(Outbox).where(Outbox.kind == "evening_prompt", Outbox.recipient_id == school.people["lea"])
            )
        ).all()
    assert (row.state, row.reason) == (OutboxState.DEAD, "no open door")


async def test_a_reply_that_may_have_arrived_is_marked_as_a_second_copy(school: School) -> None:
    await school.arrived("lea", "paul")
    await tell(school)
    await school.lea.tap("✅ Envoyer")
    await school.paul.tap("📔 Les journées")
    await school.paul.tap("Léa")
    school.chat.faults.next("sendMessage", "lost")
    await school.paul.tap("👍")
    await school.deliver()
    await school.it_is(school.clock.now() + timedelta(minutes=1))
    copies = [seen.text for seen in school.lea.sees if "Paul répond" in seen.text]
    assert len(copies) == 2
    assert "Renvoi possible, référence" not in copies[0]
    assert "Renvoi possible, référence" in copies[1]


async def test_a_prompt_that_may_have_arrived_is_not_repeated(school: School) -> None:
    await school.arrived("lea")
    school.chat.faults.next("sendMessage", "lost")
    await school.it_is(EVENING)
    await school.it_is(EVENING + timedelta(minutes=10))
    assert sum("Ta journée\u00a0: mardi" in seen.text for seen in school.lea.sees) == 1
