"""What an answer changes, what may be announced, the eighteenth birthday, the thresholds, and the end of the school year."""

from datetime import date, datetime

import pytest

from domain.absences import (
    LEGAL,
    Announced,
    Announcement,
    Answer,
    Ended,
    Motive,
    Speaker,
    Threshold,
    birthday_is_near,
    check_announcement,
    code_after,
    eighteen_on,
    ended,
    forget_before,
    is_adult,
    month_of,
    purge_on,
    replaces,
    tell_from,
    thresholds,
    unjustified,
)
from domain.calendar import next_allowed
from domain.errors import TooFarAhead, TooLate
from domain.rollcall import Code, Half, Mark
from tests.domain.test_calendar import paris

TUESDAY = date(2026, 11, 24)
SATURDAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("code", "answer", "after"),
    [
        (Code.TO_JUSTIFY, Answer.SEEN, Code.TO_JUSTIFY),
        (Code.TO_JUSTIFY, Answer.ILL, Code.JUSTIFIED),
        (Code.TO_JUSTIFY, Answer.CONTAGION_AT_HOME, Code.JUSTIFIED),
        (Code.TO_JUSTIFY, Answer.FAMILY_GATHERING, Code.JUSTIFIED),
        (Code.TO_JUSTIFY, Answer.TRANSPORT, Code.JUSTIFIED),
        (Code.TO_JUSTIFY, Answer.GUARDIANS_AWAY, Code.JUSTIFIED),
        (Code.TO_JUSTIFY, Answer.APPOINTMENT, Code.APPOINTMENT),
        (Code.TO_JUSTIFY, Answer.OTHER, Code.TO_JUSTIFY),
        (Code.TO_JUSTIFY, Answer.DID_NOT_KNOW, Code.TO_JUSTIFY),
        (Code.TO_JUSTIFY, Answer.CALL_ME, Code.TO_JUSTIFY),
        (Code.JUSTIFIED, Answer.SEEN, Code.JUSTIFIED),
        (Code.JUSTIFIED, Answer.APPOINTMENT, Code.APPOINTMENT),  # the answer was corrected
        (Code.REGULARISED, Answer.ILL, Code.REGULARISED),  # the school's own word stands
        (Code.AUTHORISED, Answer.ILL, Code.AUTHORISED),
        (Code.EXCLUDED, Answer.ILL, Code.EXCLUDED),
    ],
)
def test_an_answer_changes_the_code(code: Code, answer: Answer, after: Code) -> None:
    assert code_after(code, answer) is after


def test_the_five_motives_of_the_law_are_all_answers_and_only_two_answers_call_for_a_person() -> None:
    assert {answer.motive for answer in Answer} == {*Motive, None}
    assert len(LEGAL) == 5
    assert [answer for answer in Answer if answer.needs_a_person] == [Answer.DID_NOT_KNOW, Answer.CALL_ME]


@pytest.mark.parametrize(
    ("announcement", "mark", "family_knows"),
    [
        (Announcement(Announced.AWAY, Speaker.GUARDIAN, Motive.ILL), Mark(Code.JUSTIFIED), True),
        (Announcement(Announced.AWAY, Speaker.GUARDIAN, Motive.APPOINTMENT), Mark(Code.APPOINTMENT), True),
        (Announcement(Announced.AWAY, Speaker.GUARDIAN, Motive.OTHER), Mark(Code.TO_JUSTIFY), True),
        (Announcement(Announced.AWAY, Speaker.STUDENT, Motive.ILL), Mark(Code.TO_JUSTIFY), False),
        (Announcement(Announced.AWAY, Speaker.STUDENT), Mark(Code.TO_JUSTIFY), False),
        (Announcement(Announced.AWAY, Speaker.ADULT_STUDENT, Motive.ILL), Mark(Code.JUSTIFIED), True),
        (Announcement(Announced.AWAY, Speaker.SCHOOL), Mark(Code.AUTHORISED), True),
        (Announcement(Announced.LATE, Speaker.STUDENT, minutes=20), Mark(Code.LATE, 20), False),
    ],
)
def test_what_an_announcement_writes(announcement: Announcement, mark: Mark, family_knows: bool) -> None:
    assert (announcement.mark(), announcement.family_knows) == (mark, family_knows)


def test_a_student_does_not_overrule_a_guardian_nor_the_school() -> None:
    assert replaces(Speaker.GUARDIAN, Speaker.STUDENT)
    assert replaces(Speaker.STUDENT, Speaker.STUDENT)
    assert not replaces(Speaker.STUDENT, Speaker.GUARDIAN)
    assert not replaces(Speaker.GUARDIAN, Speaker.SCHOOL)


@pytest.mark.parametrize(
    ("day", "half", "by", "at", "error"),
    [
        (TUESDAY, Half.MORNING, Speaker.STUDENT, "07:50", None),
        (TUESDAY, Half.MORNING, Speaker.GUARDIAN, "12:59", None),
        (TUESDAY, Half.MORNING, Speaker.GUARDIAN, "13:00", TooLate),
        (TUESDAY, Half.AFTERNOON, Speaker.GUARDIAN, "19:59", None),
        (TUESDAY, Half.AFTERNOON, Speaker.GUARDIAN, "20:00", TooLate),
        (date(2026, 11, 23), Half.AFTERNOON, Speaker.GUARDIAN, "08:00", TooLate),
        (date(2026, 11, 25), Half.MORNING, Speaker.STUDENT, "08:00", None),
        (date(2026, 11, 26), Half.MORNING, Speaker.STUDENT, "08:00", TooFarAhead),
        (date(2026, 11, 26), Half.MORNING, Speaker.ADULT_STUDENT, "08:00", TooFarAhead),
        (date(2027, 1, 23), Half.MORNING, Speaker.GUARDIAN, "08:00", None),
        (date(2027, 1, 24), Half.MORNING, Speaker.GUARDIAN, "08:00", TooFarAhead),
    ],
)
def test_how_far_one_may_announce(day: date, half: Half, by: Speaker, at: str, error: type[Exception] | None) -> None:
    if error is None:
        check_announcement(day, half, by, TUESDAY, paris(TUESDAY, at))
    else:
        with pytest.raises(error):
            check_announcement(day, half, by, TUESDAY, paris(TUESDAY, at))


@pytest.mark.parametrize(
    ("sixteen", "eighteen"),
    [
        (date(2024, 11, 24), date(2026, 11, 24)),
        (date(2024, 2, 29), date(2026, 3, 1)),
        (date(2024, 3, 1), date(2026, 3, 1)),
        (None, None),
    ],
)
def test_the_eighteenth_birthday_follows_from_the_sixteenth(sixteen: date | None, eighteen: date | None) -> None:
    assert eighteen_on(sixteen) == eighteen


@pytest.mark.parametrize(
    ("today", "near", "adult"),
    [
        (date(2026, 10, 24), False, False),
        (date(2026, 10, 25), True, False),  # 30 days before
        (date(2026, 11, 23), True, False),
        (date(2026, 11, 24), False, True),
    ],
)
def test_growing_up(today: date, near: bool, adult: bool) -> None:
    sixteen = date(2024, 11, 24)
    assert (birthday_is_near(sixteen, today), is_adult(sixteen, today)) == (near, adult)
    assert (birthday_is_near(None, today), is_adult(None, today)) == (False, False)


@pytest.mark.parametrize(
    ("day", "now", "tells"),
    [
        (TUESDAY, paris(TUESDAY, "08:07"), paris(TUESDAY, "08:07")),
        (TUESDAY, paris(TUESDAY, "19:59"), paris(TUESDAY, "19:59")),
        (
            SATURDAY,
            paris(SATURDAY, "09:00"),
            paris(SATURDAY, "09:00"),
        ),  # a workshop on a Saturday: the child is missing now
        (TUESDAY, paris(TUESDAY, "20:00"), paris(date(2026, 11, 25), "07:00")),  # paperwork in the evening
        (TUESDAY, paris(TUESDAY, "06:59"), paris(TUESDAY, "07:00")),
        (TUESDAY, paris(SATURDAY, "09:00"), paris(date(2026, 11, 30), "07:00")),  # corrected on a free day
        (TUESDAY, paris(date(2026, 11, 25), "09:00"), paris(date(2026, 11, 25), "09:00")),
    ],
)
def test_when_a_family_may_hear(day: date, now: datetime, tells: datetime) -> None:
    assert tell_from(day, now, next_allowed) == tells


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (Mark(Code.PRESENT), Ended.MISTAKE),
        (Mark(Code.PLACEMENT), Ended.MISTAKE),
        (Mark(Code.LATE, 20), Ended.CAME_LATE),
        (Mark(Code.TO_JUSTIFY), None),
        (Mark(Code.JUSTIFIED), None),
        (Mark(Code.EXCLUDED), None),
    ],
)
def test_what_ends_an_absence(after: Mark, why: Ended | None) -> None:
    assert ended(after) is why


@pytest.mark.parametrize(
    ("count", "levels"),
    [(0, ()), (3, ()), (4, (Threshold.FOUR,)), (9, (Threshold.FOUR,)), (10, (Threshold.FOUR, Threshold.TEN))],
)
def test_thresholds(count: int, levels: tuple[Threshold, ...]) -> None:
    assert thresholds(count) == levels


def test_only_unexplained_half_days_count() -> None:
    assert unjustified([Code.TO_JUSTIFY, Code.JUSTIFIED, Code.APPOINTMENT, Code.EXCLUDED, Code.TO_JUSTIFY]) == 2
    assert month_of(date(2026, 11, 24)) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("day", "goes"),
    [
        (date(2026, 9, 1), date(2027, 9, 1)),
        (date(2026, 12, 31), date(2027, 9, 1)),
        (date(2027, 7, 3), date(2027, 9, 1)),
        (date(2027, 8, 31), date(2027, 9, 1)),
    ],
)
def test_the_end_of_the_school_year(day: date, goes: date) -> None:
    assert purge_on(day) == goes
    assert forget_before(goes) > day  # gone on that day
    assert forget_before(date(2027, 8, 31)) <= day  # and not before
