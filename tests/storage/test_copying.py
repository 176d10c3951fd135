"""A school is copied whole, without a word of anybody, whatever it is stored in."""

import shutil
from pathlib import Path

from cryptography.fernet import Fernet
from sqlmodel import func, select

from bot.demo.school import settle_in
from storage.cipher import Cipher
from storage.copying import copy_school
from storage.engine import make_engine
from storage.files import FileStore
from storage.tables import Invitation, Outbox, Person, SessionOrder, TimetableSession, metadata
from storage.unit_of_work import Database
from tests.conftest import NOW


async def test_a_school_is_copied_and_what_was_said_is_not(
    database: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    async with database.session() as session:
        await settle_in(session, NOW)
        await session.commit()
    shutil.copy(sqlite_template, tmp_path / "copy.db")
    cipher = Cipher([Fernet.generate_key()], b"another index key of 32 bytes...")
    engine = make_engine(f"sqlite:///{tmp_path / 'copy.db'}", cipher)
    copy = Database(engine, cipher, FileStore(tmp_path / "copied files", cipher))
    await copy_school(database, copy)
    for table in (Person, TimetableSession, SessionOrder):
        async with database.session(reading=True) as one, copy.session(reading=True) as other:
            ours = (await one.exec(select(table))).all()
            theirs = (await other.exec(select(table))).all()
            assert [row.model_dump() for row in theirs] == [row.model_dump() for row in ours] != []
    async with copy.session(reading=True) as session:
        for table in (Invitation, Outbox):
            assert (await session.exec(select(func.count()).select_from(table))).one() == 0
    await copy.close()


def test_every_table_was_thought_of() -> None:
    """A new table is either copied, or named here with a reason."""
    from storage.copying import _COPIED

    left = {
        "absence": "who was really away",
        "absence_announcement": "what was really announced",
        "absence_telling": "who was really told",
        "absence_threshold": "who was really told",
        "adult_choice": "what real people decided",
        "audit": "what was done in the real school",
        "broadcast": "what was really written",
        "broadcast_file": "what was really written",
        "broadcast_reader": "who really saw it, and what they answered",
        "call_task": "who really has to be called",
        "change_reader": "who was really told",
        "conversation_state": "where real conversations stand",
        "feed": "secrets of real people",
        "friday_story": "what families really heard",
        "inbox": "what real people wrote",
        "invitation": "secrets of real people",
        "morning_answer": "what real people said",
        "outbox": "what is really owed",
        "poller": "of a real bot",
        "quarantine": "what real people wrote",
        "reflection": "what real people told",
        "reflection_media": "what real people told",
        "reflection_task": "what real people told",
        "reply": "what real people wrote",
        "roll_call": "what was really called",
        "roll_card": "messages of real chats",
        "roll_mark": "who was really away",
        "session_change": "real changes not told yet",
        "talk_request": "what real people asked",
        "timetable_import": "what was really changed",
        "broadcast_alarm": "what was really urgent",
        "broadcast_second": "who was really asked to agree",
        "broadcast_text": "what was really written",
        "broadcast_word": "what was really answered",
        "client": "real clients",
        "job_request": "what real clients asked",
        "price": "not of any day",
        "quote": "what was really offered",
        "quote_line": "what was really offered",
        "request_draft": "what real clients write",
        "request_file": "what real clients sent",
        "request_message": "what was really asked and answered",
        "yearly_number": "numbers really given",
        "found_work": "what was really found and asked",
        "material_use": "what really went into orders",
        "order_photo": "pictures of real orders",
        "order_step": "what really happened to orders",
        "safety_lights": "what was seen on real papers",
        "task_check": "what was really checked",
        "task_work": "what was really made",
        "thanks": "what a client really said",
        "thanks_reader": "who was really thanked",
    }
    assert set(metadata.tables) == set(left) | {table.__tablename__ for table in _COPIED}
