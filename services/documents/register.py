"""The registre d'appel to look at and to take away: a picture of a day or of a week, and a table for a spreadsheet.

Refuses totals, percentages and comparisons: it says who was there, hour by hour.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from domain.calendar import local
from domain.rollcall import Code, Half, Mark
from locales import _, current, formats
from services.documents.drawing import draw
from services.documents.tables import csv_table
from services.register import Entry, Row

_SCHOOL_DAYS = 5
_KINDS = {
    Code.PRESENT: "present",
    Code.LATE: "late",
    Code.TO_JUSTIFY: "away",
    Code.PLACEMENT: "placement",
    Code.EXCLUDED: "excluded",
}


def code_name(code: Code) -> str:
    """What a code of the register says, in plain words."""
    match code:
        case Code.PRESENT:
            return _("présence")
        case Code.LATE:
            return _("retard, en minutes")
        case Code.TO_JUSTIFY:
            return _("absence, raison à venir")
        case Code.JUSTIFIED:
            return _("absence, raison connue")
        case Code.REGULARISED:
            return _("absence, papier reçu")
        case Code.AUTHORISED:
            return _("absence autorisée d'avance")
        case Code.PLACEMENT:
            return _("en entreprise")
        case Code.APPOINTMENT:
            return _("rendez-vous")
        case Code.EXCLUDED:
            return _("exclusion")


def mark_code(mark: Mark) -> str:
    """A mark as it stands in a cell: its code, and the minutes of a lateness."""
    return f"{mark.code} {mark.minutes}" if mark.code is Code.LATE and mark.minutes else str(mark.code.value)


def half_name(half: Half) -> str:
    """A half-day over a column."""
    return _("matin") if half is Half.MORNING else _("après-midi")


def day_title(day: date) -> str:
    """The title of a day."""
    return _("Registre d'appel : {day}", day=formats.day_in_full(day))


def week_title(monday: date) -> str:
    """The title of a week."""
    return _("Registre d'appel, semaine du {day}", day=formats.day_in_full(monday))


def kept_until(purge: date) -> str:
    """Until when this is kept, for the people of the school."""
    return _("Ces données sont effacées le {day} {year}.", day=formats.day_in_full(purge), year=purge.year)


async def draw_day_register(day: date, entries: Sequence[Entry], purge: date) -> bytes | None:
    """A day, session by session, as a PNG 960 pixels wide in the current language; None when it cannot be drawn."""
    groups = []
    for name, of_group in groupby(sorted(entries, key=lambda one: one.group), lambda one: one.group):
        lines = list(of_group)
        sessions = sorted({(one.starts, one.ends, one.title) for one in lines})
        marks = {(one.student_id, (one.starts, one.ends, one.title)): one.mark for one in lines}
        names = {one.student_id: _full(one.first_name, one.last_name) for one in lines}
        groups.append(
            {
                "name": formats.name(name),
                "columns": len(sessions),
                "heads": [[{"words": formats.hours(starts, ends), "span": 1} for starts, ends, _title in sessions]],
                "rows": [
                    {"name": names[student], "cells": [_cell(marks.get((student, one))) for one in sessions]}
                    for student in names
                ],
            }
        )
    return await _draw(day_title(day), groups, (one.mark.code for one in entries), purge)


async def draw_week_register(monday: date, rows: Sequence[Row], purge: date) -> bytes | None:
    """A week, half-day by half-day, as a PNG 960 pixels wide in the current language; None when it cannot be drawn."""
    used = {day for row in rows for day, _half in row.halves}
    days = [monday + timedelta(days=offset) for offset in range(7)]
    days = [day for offset, day in enumerate(days) if offset < _SCHOOL_DAYS or day in used]
    columns = [(day, half) for day in days for half in Half]
    groups = [
        {
            "name": formats.name(name),
            "columns": len(columns),
            "heads": [
                [{"words": f"{formats.weekday_short(day)} {day.day}", "span": 2} for day in days],
                [{"words": _("mat.") if half is Half.MORNING else _("a.-m."), "span": 1} for _day, half in columns],
            ],
            "rows": [
                {
                    "name": _full(row.first_name, row.last_name),
                    "cells": [_cell(row.halves.get(column)) for column in columns],
                }
                for row in of_group
            ],
        }
        for name, of_group in groupby(rows, lambda row: row.group)
    ]
    codes = (mark.code for row in rows for mark in row.halves.values())
    return await _draw(week_title(monday), groups, codes, purge)


def register_table(entries: Iterable[Entry]) -> bytes:
    """The register as a CSV for spreadsheets, a line per student and session, in the current language."""
    header = [
        _("Jour"),
        _("Demi-journée"),
        _("Début"),
        _("Fin"),
        _("Séance"),
        _("Groupe"),
        _("Nom"),
        _("Prénom"),
        _("Code"),
        _("Ce que dit le code"),
        _("Minutes de retard"),
        _("Appel fait par"),
        _("Appel fait à"),
        _("Définitif"),
    ]
    rows = [
        [
            one.day.isoformat(),
            half_name(one.half),
            f"{one.starts:%H:%M}",
            f"{one.ends:%H:%M}",
            one.title,
            one.group,
            one.last_name,
            one.first_name,
            one.mark.code.value,
            code_name(one.mark.code),
            one.mark.minutes,
            one.called_by,
            f"{local(one.called_at):%Y-%m-%d %H:%M}" if one.called_at is not None else None,
            _("oui") if one.final else _("non"),
        ]
        for one in entries
    ]
    return csv_table(header, rows)


async def _draw(title: str, groups: list[dict[str, Any]], codes: Iterable[Code], purge: date) -> bytes | None:
    used = set(codes)
    data = {
        "lang": current(),
        "rtl": current() == "ar",
        "title": title,
        "nothing": _("Aucun appel fait."),
        "groups": groups,
        "legend": [
            {"code": "✓" if code is Code.PRESENT else code.value, "kind": _kind(code), "words": code_name(code)}
            for code in Code
            if code in used
        ]
        + ([{"code": "   ", "kind": "empty", "words": _("pas d'appel")}] if used else []),
        "foot": kept_until(purge),
    }
    return await draw("register.typ", data)


def _cell(mark: Mark | None) -> dict[str, str]:
    if mark is None:
        return {"code": "", "kind": "empty"}
    return {"code": "✓" if mark.code is Code.PRESENT else mark_code(mark), "kind": _kind(mark.code)}


def _kind(code: Code) -> str:
    return _KINDS.get(code, "explained")


def _full(first: str, last: str | None) -> str:
    return formats.name(f"{last} {first}" if last else first)
