"""What belongs to nothing is swept, and nothing else."""

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from domain.people import Language
from domain.reflections import MediaKind, Mood
from services.media import sweep
from storage.tables import Person, Reflection, ReflectionMedia
from storage.unit_of_work import Database
from tests.conftest import NOW


async def kept(database: Database, *, sent: bool, days_ago: int) -> str:
    """One photo of a student, as a draft or as part of a reflection."""
    key = await database.files.keep(b"a photo")
    at = NOW - timedelta(days=days_ago)
    async with database.session() as session:
        person = Person(first_name="Léa", language=Language.FRENCH, created_at=at)
        session.add(person)
        await session.flush()
        reflection_id = None
        if sent:
            told = {"mood": Mood.GOOD, "question": 0, "shown_to_trainer": True, "shown_to_family": False}
            row = Reflection(student_id=person.id or 0, day=at.date(), written_at=at, changed_at=at, **told)
            session.add(row)
            await session.flush()
            reflection_id = row.id
        photo = {"kind": MediaKind.PHOTO, "mime": "image/jpeg", "size": 7, "kept_at": at}
        session.add(ReflectionMedia(owner_id=person.id or 0, reflection_id=reflection_id, file_key=key, **photo))
        await session.commit()
    return key


async def test_only_old_drafts_and_strays_go(database: Database) -> None:
    sent = await kept(database, sent=True, days_ago=300)
    fresh = await kept(database, sent=False, days_ago=1)
    await kept(database, sent=False, days_ago=3)
    await database.files.keep(b"a file whose verb failed")
    later = datetime.now(UTC) + timedelta(days=2)

    assert await sweep(database.unit_of_work(), NOW, later) == 2
    assert sorted(database.files.keys()) == sorted([sent, fresh])
    async with database.session(reading=True) as session:
        rows = await session.exec(select(ReflectionMedia.file_key))
        assert sorted(rows.all()) == sorted([sent, fresh])


async def test_a_file_just_written_is_left_to_its_verb(database: Database) -> None:
    key = await database.files.keep(b"its verb is about to commit")
    assert await sweep(database.unit_of_work(), NOW, datetime.now(UTC)) == 0
    assert database.files.keys() == [key]
