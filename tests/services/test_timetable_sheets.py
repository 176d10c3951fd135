"""Sheets as people fill them in: good rows are read, wrong ones named, bombs refused, the model comes back as it left."""

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from domain.errors import FileUnreadable
from domain.school import SessionKind
from domain.timetable import FileReason, Problem
from services.timetable import cells, sheets
from services.timetable.files import read
from services.timetable.ical import Reading

FIRST, LAST = date(2026, 11, 17), date(2027, 8, 31)
DAY = date(2026, 11, 24)


def csv(*rows: str, separator: str = ";", encoding: str = "utf-8") -> Reading:
    return read("\r\n".join(rows).replace(";", separator).encode(encoding), FIRST, LAST)


def excel(*rows: tuple[object, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


HEAD = "date;début;fin;séance;groupe"


@pytest.mark.parametrize(
    "written",
    [
        "24/11/2026",
        "24/11/26",
        "2026-11-24",
        "2026/11/24",
        "24.11.2026",
        "24-11-2026",
        "mardi 24 novembre 2026",
        "Mardi 24/11/2026",
        "mar. 24/11/2026",
        "24 nov. 2026",
        "le 24 novembre 2026",
        "24/11/2026 00:00:00",
        datetime(2026, 11, 24, 8),  # noqa: DTZ001  a cell has no zone
        DAY,
    ],
)
def test_a_day_is_read_as_people_write_it(written: object) -> None:
    assert cells.day(written) == DAY


@pytest.mark.parametrize(
    "written", ["31/02/2026", "11/24/2026", "demain", "", None, "24 novembre", 45985, "1er brumaire 2026"]
)
def test_what_is_no_day_is_none(written: object) -> None:
    assert cells.day(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "8h30",
        "8 h 30",
        "08:30",
        "8:30",
        "08.30",
        "8H30",
        "08:30:00",
        "8h30min",
        time(8, 30),
        8.3,
        8.5 / 24,
        timedelta(hours=8, minutes=30),
        "8\xa0h\xa030",
    ],
)
def test_an_hour_is_read_as_people_write_it(written: object) -> None:
    assert cells.hour(written) == time(8, 30)


def test_full_hours_and_what_is_none() -> None:
    assert cells.hour("8h") == cells.hour("8") == cells.hour(8.0) == cells.hour(8) == time(8)
    for written in ("25h", "8h75", "matin", "", None, "8h30-9h", -1):
        assert cells.hour(written) is None


@pytest.mark.parametrize(
    "written", ["8h30-12h", "8h30 à 12h00", "de 8:30 à 12:00", "8h30 – 12h", "08.30/12.00", "8h30 → 12h"]
)
def test_both_hours_in_one_cell(written: str) -> None:
    assert cells.hours(written) == (time(8, 30), time(12))


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_encodings_are_found_out(separator: str, encoding: str) -> None:
    found = csv(HEAD, "24/11/2026;8h30;12h;Soudure à l'arc;Métallerie 1", separator=separator, encoding=encoding)
    [entry] = found.entries
    assert (entry.day, entry.starts, entry.ends, entry.title) == (DAY, time(8, 30), time(12), "Soudure à l'arc")
    assert entry.hints[0] == "Métallerie 1"


def test_columns_go_by_other_names_in_any_order_below_a_title() -> None:
    found = csv(
        "Emploi du temps 2026-2027;;;;;",
        ";;;;;",
        "Matière;Horaires;JOUR;Salle;Prof;Commentaire",
        "Maths;8h30-10h;mardi 24 novembre 2026;4;Mme Roux;rien",
    )
    [entry] = found.entries
    assert (entry.title, entry.starts, entry.ends, entry.place, entry.with_whom) == (
        "Maths",
        time(8, 30),
        time(10),
        "4",
        "Mme Roux",
    )
    assert [(t.problem, t.column) for t in found.troubles] == [(Problem.EXTRA_COLUMN, "Commentaire")]


def test_wrong_rows_are_named_by_line_column_and_reason_and_good_rows_stay() -> None:
    found = csv(
        HEAD,
        "24/11/2026;8h30;12h;Bon;M1",
        "32/11/2026;8h30;12h;Mauvais jour;M1",
        "24/11/2026;8h70;12h;Mauvaise heure;M1",
        "24/11/2026;12h;8h30;À l'envers;M1",
        "=AUJOURDHUI();8h30;12h;Formule;M1",
        ";;;;",
        "24/11/2026;8h30;12h;Bon;M1",
        "24/11/2026;13h30",
        "25/11/2026;8h30;12h;Bon aussi;M1",
    )
    assert [entry.title for entry in found.entries] == ["Bon", "Bon aussi"]
    assert [(t.line, t.problem, t.column, t.value) for t in found.troubles] == [
        (3, Problem.BAD_DAY, "date", "32/11/2026"),
        (4, Problem.BAD_HOUR, "début", "8h70"),
        (5, Problem.ENDS_BEFORE, "", ""),
        (6, Problem.FORMULA, "date", "=AUJOURDHUI()"),
        (8, Problem.TWICE, "", ""),
        (9, Problem.BAD_HOUR, "fin", ""),
    ]


def test_kinds_and_cancellations() -> None:
    found = csv(
        "date;début;fin;séance;type;annulé",
        "24/11/2026;8h;9h;Soudure;atelier;",
        "24/11/2026;9h;10h;Maths;cours;oui",
        "24/11/2026;10h;11h;Garage;stage;annulé",
        "24/11/2026;11h;12h;Annulé : Sport;;",
        "24/11/2026;12h;13h;;atelier;non",
    )
    assert [(entry.title, entry.kind, entry.cancelled) for entry in found.entries] == [
        ("Soudure", SessionKind.WORKSHOP, False),
        ("Maths", SessionKind.LESSON, True),
        ("Garage", SessionKind.PLACEMENT, True),
        ("Sport", SessionKind.LESSON, True),
        ("atelier", SessionKind.WORKSHOP, False),
    ]


def test_excel_with_real_dates_and_hours() -> None:
    found = read(
        excel(
            ("date", "début", "fin", "séance", "groupe"),
            (datetime(2026, 11, 24), time(8, 30), time(12), "Atelier", "Métallerie 1"),  # noqa: DTZ001
            ("24/11/2026", "13h30", 15, "Maths", None),
            (datetime(2026, 11, 25), "=A1", time(12), "Formule", None),  # noqa: DTZ001
        ),
        FIRST,
        LAST,
    )
    assert [(entry.starts, entry.ends, entry.title) for entry in found.entries] == [
        (time(8, 30), time(12), "Atelier"),
        (time(13, 30), time(15), "Maths"),
    ]
    assert [(t.line, t.problem) for t in found.troubles] == [(4, Problem.FORMULA)]


def test_the_models_can_be_read_back() -> None:
    plain, rich = (read(data, FIRST, LAST) for data in (sheets.template_csv(), sheets.template_excel()))
    assert [(e.day, e.starts, e.title, e.cancelled) for e in plain.entries] == [
        (e.day, e.starts, e.title, e.cancelled) for e in rich.entries
    ]
    assert len(plain.entries) == 3
    assert plain.troubles == rich.troubles == ()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (70 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bomb(), FileReason.TOO_BIG),
        (b"PK\x05\x06" + bytes(18), FileReason.NOT_A_TIMETABLE),
        (excel(("nom", "prénom"), ("a", "b")), FileReason.NO_COLUMNS),
        (b"une ligne sans colonne", FileReason.NOT_A_TIMETABLE),
    ],
)
def test_what_is_no_sheet_is_refused(data: bytes, reason: FileReason) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read(data, FIRST, LAST)
    assert refused.value.reason is reason


def test_a_very_long_sheet_is_read_to_its_bound() -> None:
    rows = (f"{DAY + timedelta(days=n % 200):%d/%m/%Y};8h;9h;Cours {n};M1" for n in range(20_010))
    found = csv(HEAD, *rows)
    assert len(found.entries) == 20_000
    assert found.troubles[-1].problem is Problem.TOO_MANY


WHOLE = sheets.template_csv()
EXCEL = sheets.template_excel()


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_damaged_csv_never_raises_anything_else(at: int, byte: int) -> None:
    data = bytearray(WHOLE)
    data[at] = byte
    with suppress(FileUnreadable):
        read(bytes(data), FIRST, LAST)


@given(st.integers(0, len(EXCEL) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_excel_file_never_raises_anything_else(at: int, byte: int, cut: bool) -> None:
    data = bytearray(EXCEL[:at] if cut else EXCEL)
    if not cut:
        data[at] = byte
    with suppress(FileUnreadable):
        read(bytes(data), FIRST, LAST)
