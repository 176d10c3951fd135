"""A year that has not happened, counted."""

from datetime import UTC, date, datetime

from domain.people import DoorKind, Role
from domain.rehearsal import Message, RoleShare, count_year


def _message(
    person: int, at: datetime, kind: str = "evening_card", door: DoorKind | None = DoorKind.WEBCHAT
) -> Message:
    return Message(at, person, f"P{person}", Role.STUDENT, kind, door, "…")


def test_days_and_weeks_are_those_of_the_school_and_the_fullest_person_counts() -> None:
    monday_late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # half past eleven in the evening in Paris
    tuesday = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # half past midnight, already Tuesday
    messages = [
        _message(1, monday_late),
        _message(1, tuesday),
        _message(1, tuesday, "morning_nudge"),
        _message(2, tuesday, door=None),
    ]
    year = count_year(
        messages, [(1, Role.STUDENT), (2, Role.STUDENT), (3, Role.TRAINER)], date(2026, 9, 1), date(2027, 7, 3)
    )
    assert year.per_day == {date(2026, 11, 23): 1, date(2026, 11, 24): 3}
    assert year.per_kind == {"evening_card": 3, "morning_nudge": 1}
    assert year.per_door == {DoorKind.WEBCHAT: 3, None: 1}
    assert year.roles == (RoleShare(Role.STUDENT, 2, 4, 3, 2), RoleShare(Role.TRAINER, 1, 0, 0, 0))
    assert year.unreachable == ("P2",)
    assert year.quiet == 0
