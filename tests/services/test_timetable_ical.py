"""Calendars as real programs export them (invented schools): what is read, what is named, what never breaks."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.school import SessionKind
from domain.timetable import Entry, Problem
from services.timetable import recurrence, wording
from services.timetable.ical import NotACalendarError, Reading, read
from services.timetable.text import decode

CALENDARS = Path(__file__).parent / "calendars"
NAMES = sorted(path.name for path in CALENDARS.iterdir())
FIRST, LAST = date(2026, 11, 17), date(2027, 8, 31)
GROUPS = {1: "Métallerie 1", 2: "Pneus 1"}


def reading(name: str) -> Reading:
    return read(decode((CALENDARS / name).read_bytes()), FIRST, LAST)


def when(entry: Entry) -> str:
    mark = " annulé" if entry.cancelled else ""
    return f"{entry.day:%d/%m} {entry.starts:%H:%M}-{entry.ends:%H:%M} {entry.title}{mark}"


def problems(name: str) -> dict[str, Problem]:
    return {trouble.what: trouble.problem for trouble in reading(name).troubles}


def test_google_a_weekly_series_with_exceptions_and_an_override_before_its_master() -> None:
    entries = reading("google.ics").entries
    workshops = [when(entry) for entry in entries if entry.title == "Atelier"]
    assert workshops[1:5] == [
        "24/11 08:30-12:00 Atelier",
        "01/12 08:30-12:00 Atelier",
        "08/12 09:30-12:00 Atelier",
        "15/12 08:30-12:00 Atelier",
    ]
    assert not any("22/12" in line or "29/12" in line for line in workshops)
    assert workshops[-1] == "23/03 08:30-12:00 Atelier"  # UNTIL is in UTC, the night before the 30th
    moved = next(entry for entry in entries if entry.starts == time(9, 30))
    assert (moved.occurrence, moved.place, moved.revision.sequence) == ("2026-12-08T08:30", "Forge", 2)
    assert next(entry for entry in entries if entry.title == "Maths").starts == time(13, 30)  # 12:30Z in winter
    assert next(entry.with_whom for entry in entries) == "Paul"


def test_google_holidays_are_suggested_not_taken() -> None:
    [trouble] = reading("google.ics").troubles
    assert (trouble.problem, trouble.day, trouble.until) == (Problem.DAY_OFF, date(2026, 12, 21), date(2027, 1, 3))


def test_outlook_a_windows_zone_and_a_counted_series_with_an_exception() -> None:
    assert [when(entry) for entry in reading("outlook.ics").entries] == [
        f"{day} 13:30-15:00 Français (Métallerie 1)" for day in ("25/11", "09/12", "16/12")
    ]


def test_exchange_zones_without_quotes_and_an_override_named_by_its_midnight() -> None:
    found = reading("exchange.ics")
    assert [when(entry) for entry in found.entries] == [
        "26/11 08:30-12:00 Atelier Pneus 1",
        "03/12 08:30-12:00 Atelier Pneus 1 annulé",
        "10/12 08:30-12:00 Atelier Pneus 1",
        "17/12 08:30-12:00 Atelier Pneus 1",
        "27/11 13:30-15:00 Français Pneus 1",
    ]
    assert found.troubles == ()


def test_apple_this_and_future_and_floating_times() -> None:
    assert [when(entry) for entry in reading("apple.ics").entries] == [
        "23/11 08:30-10:00 Maths Métallerie 1",
        "30/11 08:30-10:00 Maths Métallerie 1",
        "07/12 10:00-11:30 Maths Métallerie 1",
        "14/12 10:00-11:30 Maths Métallerie 1",
        "21/12 10:00-11:30 Maths Métallerie 1",
        "25/11 15:30-17:00 Sport Métallerie 1",
    ]


def test_nextcloud_exceptions_in_utc_and_as_dates_and_an_override_after_the_clocks_changed() -> None:
    lines = [when(entry) for entry in reading("nextcloud.ics").entries]
    assert lines[:2] == ["27/11 08:30-12:00 Atelier soudure", "18/12 08:30-12:00 Atelier soudure"]
    assert lines[-3:] == [
        "16/04 13:00-15:30 Atelier soudure",
        "23/04 08:30-12:00 Atelier soudure",
        "30/04 08:30-12:00 Atelier soudure",
    ]


def test_pronote_cancels_in_categories_only_and_keeps_rooms_and_subjects() -> None:
    found = reading("pronote.ics")
    assert [when(entry) for entry in found.entries] == [
        "25/11 13:30-15:00 MATHEMATIQUES",
        "26/11 13:30-15:00 FRANCAIS annulé",
        "30/03 14:00-15:30 HISTOIRE annulé",
        "29/03 14:00-15:30 TECHNOLOGIE",
    ]
    assert found.entries[0].with_whom == "DURAND P."
    assert found.entries[3].place == "Forge, bâtiment B"
    assert problems("pronote.ics") == {
        "Férié": Problem.DAY_OFF,
        "Session de stage : Métallerie 1": Problem.ALL_DAY,
    }


def test_hyperplanning_in_windows_1252() -> None:
    workshop, french = reading("hyperplanning-cp1252.ics").entries
    assert (workshop.title, workshop.place, workshop.with_whom) == (
        "Atelier métallerie",
        "Atelier n° 2",
        "Mme Roux Élise",
    )
    assert workshop.kind is SessionKind.WORKSHOP
    assert wording.find_groups(workshop.hints, GROUPS) == (1, 2)
    assert when(french) == "01/12 13:30-15:00 Français annulé"


def test_ade_names_its_groups_on_lines_of_their_own() -> None:
    both, english = reading("ade.ics").entries
    assert wording.find_groups(both.hints, GROUPS) == (1, 2)
    assert wording.find_groups(english.hints, GROUPS) == (1,)
    assert reading("ade-empty.ics").entries == ()


def test_several_calendars_in_one_file_behind_a_byte_order_mark() -> None:
    assert [wording.find_groups(entry.hints, GROUPS) for entry in reading("two-calendars-bom.ics").entries] == [
        (1,),
        (2,),
    ]


def test_utf_16_and_the_line_ends_of_an_old_mac() -> None:
    assert [when(entry) for entry in reading("utf16.ics").entries] == ["27/11 08:30-10:00 Français Métallerie 1"]
    assert [when(entry) for entry in reading("old-mac.ics").entries] == ["26/11 08:30-09:30 Maths Métallerie 1"]


def test_every_damaged_event_is_named_and_the_others_stay() -> None:
    assert [when(entry).removesuffix(" Métallerie 1") for entry in reading("damaged.ics").entries] == [
        "26/11 08:30-10:00 Zone inconnue",
        "26/11 13:30-14:30 Sans fin",
        "27/11 08:00-09:00 Exception illisible",
        "28/11 08:00-09:00 Exception illisible",
        "27/11 10:00-11:00 Bonne séance",
    ]
    named = {what.removesuffix(" Métallerie 1"): problem for what, problem in problems("damaged.ics").items()}
    assert named == {
        "Zone inconnue": Problem.UNKNOWN_ZONE,
        "Sans fin": Problem.NO_END,
        "Début illisible": Problem.BAD_START,
        "Sans début": Problem.NO_START,
        "Fin avant début": Problem.ENDS_BEFORE,
        "Chaque seconde": Problem.TOO_OFTEN,
        "Règle illisible": Problem.BAD_RULE,
        "Exception illisible": Problem.BAD_EXCEPTION,
        "Nuit": Problem.OVER_MIDNIGHT,
        "Coupé": Problem.BROKEN,
    }
    assert next(t.line for t in reading("damaged.ics").troubles if t.problem is Problem.BAD_START) == 14


def test_damaged_events_keep_their_names_and_a_cut_file_misses_nothing() -> None:
    found = reading("damaged.ics")
    assert found.unread == {"d-3", "d-4", "d-5", "d-6", "d-7", "d-9", "d-11"}
    assert not found.whole
    assert reading("pronote.ics").whole
    assert reading("pronote.ics").unread == frozenset()  # whole days are no sessions, and were none


def test_a_file_cut_between_two_events_is_said_to_be_cut() -> None:
    text = decode((CALENDARS / "editions.ics").read_bytes())
    found = read(text[: text.rindex("END:VEVENT") + len("END:VEVENT")], FIRST, LAST)
    assert not found.whole
    assert [trouble.problem for trouble in found.troubles] == [Problem.BROKEN]


def test_names_that_mean_nothing_are_dropped_and_editions_are_not() -> None:
    assert [entry.uid for entry in reading("same-uid.ics").entries] == [None] * 4
    assert [when(entry) for entry in reading("editions.ics").entries] == ["26/11 09:00-10:00 Maths Métallerie 1"]


def test_a_cancellation_by_mail_speaks_of_nothing_else() -> None:
    found = reading("cancel-method.ics")
    assert not found.whole
    assert [entry.cancelled for entry in found.entries] == [True]


def test_cancellations_in_titles_status_and_categories() -> None:
    entries = reading("cancelled-titles.ics").entries
    assert [entry.cancelled for entry in entries] == [True] * 8 + [False] * 2
    assert {entry.title for entry in entries[:8]} == {"Maths"}


def test_endless_and_impossible_series_end() -> None:
    found = reading("endless.ics")
    titles = [entry.title for entry in found.entries]
    assert titles.count("Depuis toujours Métallerie 1") == (LAST - FIRST).days + 1
    assert "Le 30 février Métallerie 1" not in titles
    assert titles.count("Sans fin chez Exchange Métallerie 1") == 42
    assert problems("endless.ics")["Soixante-quatre fois par jour Métallerie 1"] is Problem.TOO_OFTEN


def test_the_clocks_change_on_the_wall_and_not_in_utc() -> None:
    assert [when(entry) for entry in reading("zoho-dst.ics").entries] == [
        "23/03 08:30-10:00 Heure murale Métallerie 1",
        "30/03 08:30-10:00 Heure murale Métallerie 1",
        "23/03 08:30-10:00 Heure universelle Métallerie 1",
        "30/03 09:30-11:00 Heure universelle Métallerie 1",
    ]


def test_an_override_without_its_master_stands_for_itself() -> None:
    [entry] = reading("orphan-override.ics").entries
    assert (entry.starts, entry.occurrence) == (time(10, 30), "2026-11-26T08:30")


@pytest.mark.parametrize("text", ["", "bonjour", "BEGIN:VCARD\nFN:X\nEND:VCARD", "<html></html>", "\0" * 50])
def test_what_is_no_calendar_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotACalendarError):
        read(text, FIRST, LAST)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Paul", 1),
        ("M. Paul", 1),
        ("DURAND P.", 1),
        ("Mme Roux Élise", 2),
        ("roux elise", 2),
        ("Mme Roux", 2),
        ("Camille", None),
        ("Paul Martin", None),
        ("", None),
        (None, None),
    ],
)
def test_a_leader_is_found_only_when_certain(name: str | None, person: int | None) -> None:
    trainers = {1: ("Paul", "Durand"), 2: ("Élise", "Roux"), 3: ("Camille", "A"), 4: ("Camille", "B")}
    assert wording.find_trainer(name, trainers) == person


def test_a_group_is_found_by_its_whole_name() -> None:
    groups = {1: "Pneus 1", 10: "Pneus 10"}
    assert wording.find_groups(["Atelier pneus-10"], groups) == (10,)
    assert wording.find_groups(["", "PNEUS 1, Pneus 10"], groups) == (1, 10)
    assert wording.find_groups(["Pneus 100"], groups) == ()


def hostile(inside: str) -> str:
    return f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261126T080000\n{inside}END:VEVENT\nEND:VCALENDAR"


@pytest.mark.parametrize(
    "inside",
    [
        "RRULE:FREQ=DAILY\n" + "EXDATE:20261127T080000\n" * 3_000,
        "RDATE:" + "20261127T080000," * 3_000 + "20261128T080000\n",
        "DESCRIPTION:" + "\\n" * 9_000 + "\n",
        "SUMMARY:x\n" + " y\n" * 20_000,
        "BEGIN:X\n" * 3_000,
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9\n",
    ],
    ids=["exceptions", "dates", "empty lines", "folds", "blocks in blocks", "never"],
)
def test_nothing_in_one_event_keeps_the_reader_busy(inside: str) -> None:
    """What took minutes before it was bounded; here it is only held to end."""
    read(hostile(inside), FIRST, LAST)


def test_more_events_than_any_school_has_are_read_to_the_bound() -> None:
    event = "BEGIN:VEVENT\nUID:{}\nDTSTART:20261126T080000\nDTEND:20261126T090000\nSUMMARY:x\nEND:VEVENT\n"
    found = read("BEGIN:VCALENDAR\n" + "".join(event.format(n) for n in range(20_002)) + "END:VCALENDAR", FIRST, LAST)
    assert len(found.entries) == 20_000
    assert [trouble.problem for trouble in found.troubles] == [Problem.TOO_MANY]


# Every rule is held against dateutil, which looks for it quite differently.
WEEKDAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 3))}"]
    if draw(st.booleans()):
        days = draw(st.lists(WEEKDAYS, min_size=1, max_size=3, unique=True))
        ordinal = draw(st.sampled_from(["", "", "1", "-1", "2"])) if frequency in ("MONTHLY", "YEARLY") else ""
        parts.append("BYDAY=" + ",".join(ordinal + day for day in days))
    if draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.sampled_from(['1,2,3,12', '9,10,11,12', '1,2,3,4,5,6,7,8,9,10,11,12']))}")
    if frequency == "MONTHLY" and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from(['1', '15', '-1', '31', '1,-1']))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(WEEKDAYS)}")
    if frequency == "MONTHLY" and "BYDAY" in "".join(parts) and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '2']))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    return ";".join(parts)


@given(rule=rules(), start=st.dates(date(2025, 1, 1), date(2026, 12, 31)))
def test_rules_agree_with_dateutil(rule: str, start: date) -> None:
    begin = datetime.combine(start, time(8, 30), UTC)
    first, last = datetime(2026, 11, 17, tzinfo=UTC), datetime(2027, 8, 31, tzinfo=UTC)
    known = set(rrulestr(rule, dtstart=begin).between(first, last, inc=True))
    if first <= begin <= last:
        known.add(begin)
    assert recurrence.starts([rule], begin, [], first, last) == sorted(known)


# Whatever happens to a file on its way, nothing raises, and what was not touched stays.
DATA = {name: (CALENDARS / name).read_bytes() for name in NAMES}
WELL_KNOWN = [name for name in NAMES if name not in ("utf16.ics", "ade-empty.ics", "damaged.ics", "endless.ics")]


def events(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Where each event begins and ends, and its UID."""
    at = 0
    while (begin := data.find(b"BEGIN:VEVENT", at)) >= 0:
        at = data.index(b"END:VEVENT", begin) + len(b"END:VEVENT")
        uid = data.index(b"UID:", begin) + 4
        yield begin, at, data[uid : uid + 8].splitlines()[0].decode("latin-1")


def kept(found: Reading, but: set[str]) -> list[Entry]:
    return [
        entry for entry in found.entries if entry.uid is not None and not any(entry.uid.startswith(uid) for uid in but)
    ]


def seen(entry: Entry) -> tuple[object, ...]:
    return entry.day, entry.starts, entry.ends, entry.title, entry.cancelled


@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_truncated_file_keeps_every_event_that_is_whole(name: str, data: st.DataObject) -> None:
    whole = DATA[name]
    cut = data.draw(st.integers(0, len(whole)))
    try:
        found = read(decode(whole[:cut]), FIRST, LAST)
    except NotACalendarError:
        assert b"BEGIN:VCALENDAR" not in whole[:cut] or name == "utf16.ics"
        return
    if name in WELL_KNOWN:
        lost = {uid for begin, end, uid in events(whole) if end > cut}
        assert [seen(e) for e in kept(found, lost)] == [seen(e) for e in kept(reading(name), lost)]


@given(name=st.sampled_from(WELL_KNOWN), data=st.data())
def test_a_damaged_byte_costs_at_most_its_own_event(name: str, data: st.DataObject) -> None:
    whole = bytearray(DATA[name])
    inside = [(begin, end, uid) for begin, end, uid in events(bytes(whole))]
    assume(inside)
    begin, end, uid = data.draw(st.sampled_from(inside))
    at = data.draw(st.integers(begin + len(b"BEGIN:VEVENT"), end - 1))
    whole[at] = data.draw(st.integers(0, 255))
    found = read(decode(bytes(whole)), FIRST, LAST)
    assert {seen(entry) for entry in kept(reading(name), {uid})} <= {seen(entry) for entry in found.entries}


@given(name=st.sampled_from(NAMES), data=st.data())
def test_shuffled_and_spoilt_lines_never_raise(name: str, data: st.DataObject) -> None:
    lines = decode(DATA[name]).splitlines(keepends=True)
    mixed = data.draw(st.permutations(lines)) if data.draw(st.booleans()) else lines
    spoilt = [
        data.draw(st.text(max_size=30)) if number % 7 == data.draw(st.integers(0, 6)) else line
        for number, line in enumerate(mixed)
    ]
    with suppress(NotACalendarError):
        read("".join(spoilt), FIRST, LAST)


@given(st.binary(max_size=400))
def test_any_bytes_are_text(data: bytes) -> None:
    assert isinstance(decode(data), str)
