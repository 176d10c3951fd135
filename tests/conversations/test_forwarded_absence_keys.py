"""Keys of absences, announcements and stories that were forwarded: in other hands they open and change nothing."""

import pytest
from sqlmodel import select

from domain.absences import Announced, Answer, Motive
from domain.rollcall import Half
from handlers import buttons
from storage.tables import AbsenceAnnouncement
from tests.conversations.attendance import MORNING, WEDNESDAY, absence_of, call_roll, minutes_pass, texts
from tests.conversations.school import TUESDAY, School

DAY, MONDAY = WEDNESDAY.isoformat(), TUESDAY.replace(day=23).isoformat()


def keys_of(student_id: int) -> list[str]:
    """Every key of these conversations, pointing at what exists."""
    student, day = {"student_id": student_id}, {"student_id": student_id, "day": DAY}
    week = {"student_id": student_id, "monday": MONDAY}
    return [
        *(buttons.AnswerAbsence(telling_id=1, answer=answer).pack() for answer in Answer),
        buttons.MoreReasons(telling_id=1, more=True).pack(),
        buttons.KnowAnnouncement(announcement_id=1).pack(),
        buttons.ListReceipts().pack(),
        buttons.AnnounceFor(**student).pack(),
        buttons.AnnounceDays(**student, page=-1).pack(),
        *(buttons.AnnounceWhen(**day, kind=kind, half=Half.MORNING).pack() for kind in Announced),
        buttons.AnnounceAway(**day).pack(),
        buttons.AnnounceLate(**day, half=Half.AFTERNOON, minutes=15).pack(),
        buttons.ExplainAway(**day, motive=Motive.GUARDIANS_AWAY).pack(),
        buttons.TakeBack(**day).pack(),
        buttons.ChooseFeed(told=True).pack(),
        buttons.ListStories(monday=MONDAY).pack(),
        buttons.ShowStory(**week).pack(),
        buttons.ChangeStory(**week, photo=0, task=0, question=True).pack(),
        buttons.HoldStory(**week, held=True).pack(),
        buttons.SendStory(**week).pack(),
    ]


@pytest.mark.parametrize("who", ["yusuf", "samira", "garage"])
async def test_in_other_hands_they_say_no_name_and_change_nothing(school: School, who: str) -> None:
    await school.arrived("lea", "claire", "paul")
    await school.it_is(MORNING)
    await school.lea.tap("🕒 Retard")
    await school.lea.tap("❌ Absence l'après-midi")
    await call_roll(school, "lea")
    await minutes_pass(school, 2)
    outsider = getattr(school, who)
    await (outsider.start() if who == "garage" else school.arrived(who))
    for data in keys_of(school.people["lea"]):
        await outsider.press(outsider.last.message_id, data)
        assert "Léa" not in (outsider.toast or "")
    assert not any("Léa" in text for text in texts(outsider))
    assert (await absence_of(school, "lea")).seen_at is None
    async with school.unit_of_work().reading() as session:
        [row] = (await session.exec(select(AbsenceAnnouncement))).all()
    assert (row.half, row.motive, row.withdrawn_at, row.speaker) == (Half.AFTERNOON, None, None, "student")


def test_every_key_fits_into_what_telegram_carries() -> None:
    assert all(len(data.encode()) <= 64 for data in keys_of(2_147_483_647))
