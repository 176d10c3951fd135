"""What one calendar changes in the timetable: decisions on values, no file and no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.timetable import Entry, Plan, Revision, Standing, horizon, plan

NOW = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001  a wall clock
MONDAY = date(2026, 11, 30)


def entry(day: int = 0, at: int = 8, title: str = "Maths", uid: str | None = "u", **more: object) -> Entry:
    base = Entry(day=MONDAY + timedelta(days=day), starts=time(at), ends=time(at + 1), title=title, uid=uid, group_id=1)
    return replace(base, **more)  # type: ignore[arg-type]


def row(number: int, like: Entry, **more: object) -> Standing:
    base = Standing(
        session_id=number,
        group_id=like.group_id or 0,
        day=like.day,
        starts=like.starts,
        ends=like.ends,
        kind=like.kind,
        title=like.title,
        place=like.place,
        uid=like.uid,
        occurrence=like.occurrence,
        revision=like.revision,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def told(made: Plan) -> tuple[int, int, int]:
    return len(made.added), len(made.removed), len(made.changed)


def week(uid: str = "w{}") -> list[Entry]:
    return [entry(day, uid=uid.format(day), title=f"Cours {day}") for day in range(5)]


def test_the_same_file_again_changes_nothing() -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    assert plan(rows, week(), NOW).is_empty


def test_new_moved_and_missing_sessions_are_told_apart() -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    moved = replace(week()[1], starts=time(14), ends=time(15))
    made = plan(rows, [week()[0], moved, *week()[3:], entry(2, title="Sport", uid="neuf")], NOW)
    assert told(made) == (1, 1, 1)
    assert made.added[0].title == "Sport"
    assert made.removed[0].session_id == 2
    assert made.changed[0].standing.session_id == 1


def test_uids_that_change_at_every_export_remove_nothing() -> None:
    rows = [row(n, e) for n, e in enumerate(week("old-{}"))]
    fresh = week("new-{}")
    fresh[1] = replace(fresh[1], starts=time(14), ends=time(15))
    made = plan(rows, fresh, NOW)
    assert told(made) == (0, 0, 1)
    assert made.changed[0].standing.session_id == 1
    assert {pair.entry.uid for pair in made.unchanged} == {"new-0", "new-2", "new-3", "new-4"}


def test_a_series_moved_as_a_whole_is_changed_not_replaced() -> None:
    planned = [entry(n, uid="s", occurrence=f"{MONDAY + timedelta(days=n)}T08:00") for n in range(3)]
    later = [
        entry(n, at=9, uid="s", title="Maths et physique", occurrence=f"{MONDAY + timedelta(days=n)}T09:00")
        for n in range(3)
    ]
    assert told(plan([row(n, e) for n, e in enumerate(planned)], later, NOW)) == (0, 0, 3)


def test_the_past_is_never_rewritten() -> None:
    gone = entry(-7)  # Monday before
    this_morning = replace(entry(), day=NOW.date(), starts=time(9), ends=time(12))
    rows = [row(1, gone), row(2, this_morning, uid="m")]
    made = plan(rows, [replace(gone, starts=time(9), ends=time(10)), entry(1, uid="x")], NOW)
    assert told(made) == (1, 0, 0)
    assert made.past == 1


def test_an_event_moved_out_of_the_past_is_a_new_session_without_the_name_the_old_one_keeps() -> None:
    made = plan([row(1, entry(-7))], [entry(1)], NOW)
    assert told(made) == (1, 0, 0)
    assert made.added[0].uid is None


def test_only_sessions_of_the_same_source_are_removed_and_others_are_recognised() -> None:
    foreign = [row(n, e, owned=False, uid=None) for n, e in enumerate(week())]
    made = plan(foreign, [week()[0]], NOW)
    assert told(made) == (0, 0, 0)
    assert made.unchanged[0].standing.session_id == 0


def test_days_the_calendar_does_not_speak_of_are_kept() -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    made = plan(rows, week()[:2], NOW)
    assert told(made) == (0, 0, 0)
    assert made.beyond == 3
    whole_week = (MONDAY, MONDAY + timedelta(days=4))
    assert told(plan(rows, week()[:2], NOW, covers=whole_week)) == (0, 3, 0)
    assert told(plan(rows, week()[:2], NOW, covers=whole_week, whole=False)) == (0, 0, 0)


@pytest.mark.parametrize(("missing", "drastic"), [(1, False), (2, True)])
def test_more_than_a_third_removed_is_said_loudly(missing: int, drastic: bool) -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    made = plan(rows, week()[missing:], NOW, covers=(MONDAY, MONDAY + timedelta(days=4)))
    assert len(made.removed) == missing
    assert made.is_drastic is drastic


def test_a_cancelled_event_is_removed_once_and_comes_back() -> None:
    cancelled = replace(entry(), cancelled=True)
    assert told(plan([row(1, entry())], [cancelled], NOW)) == (0, 1, 0)
    assert told(plan([row(1, entry(), cancelled=True)], [cancelled], NOW)) == (0, 0, 0)
    assert told(plan([row(1, entry(), cancelled=True)], [entry()], NOW)) == (0, 0, 1)
    assert told(plan([], [cancelled], NOW)) == (0, 0, 0)


def test_a_change_of_room_written_as_one_cancelled_and_one_new_event_is_one_change() -> None:
    old, new = replace(entry(uid="a"), cancelled=True), entry(uid="b", place="Forge")
    made = plan([row(1, entry(uid="a", place="Salle 4"))], [old, new], NOW)
    assert told(made) == (0, 0, 1)


EARLY, LATE = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "read", "older"),
    [
        (Revision(1, LATE), Revision(0, EARLY), True),
        (Revision(1, LATE), Revision(1, EARLY), True),
        (Revision(1, LATE), Revision(1, LATE), False),
        (Revision(1, EARLY), Revision(0, LATE), False),  # number and date contradict each other
        (Revision(1, LATE), Revision(2, EARLY), False),
        (Revision(2), Revision(1), True),
        (Revision(0), Revision(1, LATE), False),
    ],
)
def test_an_older_edition_never_overwrites_a_newer_one(known: Revision, read: Revision, older: bool) -> None:
    stands = row(1, entry(revision=known))
    made = plan([stands, row(2, entry(1, uid="v"))], [entry(at=14, revision=read), entry(1, uid="v")], NOW)
    assert made.older == int(older)
    assert len(made.changed) == int(not older)


def test_an_old_file_adds_and_removes_nothing() -> None:
    rows = [row(n, replace(e, revision=Revision(0, LATE))) for n, e in enumerate(week())]
    old = [replace(e, revision=Revision(0, EARLY), starts=time(11), ends=time(12)) for e in week()[:4]]
    made = plan(rows, [*old, entry(4, uid="gone since", revision=Revision(0, EARLY))], NOW)
    assert made.is_empty
    assert made.older == 4


def test_one_event_of_two_groups_is_two_sessions() -> None:
    both = [entry(), entry(group_id=2)]
    made = plan([], both, NOW)
    assert {(e.uid, e.group_id) for e in made.added} == {("u#1", 1), ("u#2", 2)}
    assert plan([row(n, e) for n, e in enumerate(made.added)], both, NOW).is_empty


def test_of_several_editions_in_one_file_the_newest_counts() -> None:
    made = plan([], [entry(at=9, revision=Revision(2)), entry(at=8, revision=Revision(1))], NOW)
    assert [e.starts for e in made.added] == [time(9)]


def test_how_alike_two_calendars_are() -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    span = (MONDAY, MONDAY + timedelta(days=4))
    assert plan(rows, week()[:4], NOW, covers=span).likeness == 0.8
    assert plan(rows, [entry(0, at=16, uid="z", title="Chorale")], NOW, covers=span).likeness == 0.0


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 11, 24), date(2027, 8, 31)),
        (date(2027, 4, 30), date(2027, 8, 31)),
        (date(2027, 5, 1), date(2028, 8, 31)),
        (date(2026, 8, 31), date(2027, 8, 31)),
    ],
)
def test_calendars_are_read_to_the_end_of_the_school_year(today: date, last: date) -> None:
    assert horizon(today) == last


def test_what_cannot_be_read_is_not_missing() -> None:
    rows = [row(n, e) for n, e in enumerate(week())]
    made = plan(rows, [week()[0], *week()[3:]], NOW, unread={"w1"})
    assert [gone.session_id for gone in made.removed] == [2]
    assert made.missing == 1
    of_two_groups = [row(n, replace(e, uid=f"{e.uid}#1")) for n, e in enumerate(week())]
    assert [r.session_id for r in plan(of_two_groups, [week()[0], *week()[3:]], NOW, unread={"w1"}).removed] == [2]


def test_a_repetition_that_was_moved_stays_moved_while_what_moved_it_cannot_be_read() -> None:
    planned = [entry(n, uid="s", occurrence=f"{MONDAY + timedelta(days=n)}T08:00") for n in range(3)]
    rows = [row(n, e) for n, e in enumerate(planned)]
    rows[1] = replace(rows[1], starts=time(14), ends=time(15))
    rows[2] = replace(rows[2], cancelled=True)
    assert told(plan(rows, planned, NOW)) == (0, 0, 2)
    assert plan(rows, planned, NOW, unread={"s"}).is_empty
