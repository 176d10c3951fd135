"""A rehearsed year on one page, for the direction to read before the school switches its messages on.

Refuses names beyond those nobody can reach: the page is pinned on walls.
"""

import asyncio
import json
from collections.abc import Mapping, Set
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typst

from domain.people import DoorKind, Role
from domain.rehearsal import Year
from locales import _, formats, ngettext

_TEMPLATE = Path(__file__).parent / "rehearsal.typ"
_FONTS = Path(__file__).parent / "fonts"


async def draw_year(
    year: Year,
    school: str,
    days_off: Set[date],
    quiet_days: Set[date],
    kinds: Mapping[str, str],
    roles: Mapping[Role, str],
    doors: Mapping[DoorKind | None, str],
) -> bytes:
    """The page as a PNG in the current language; `kinds`, `roles` and `doors` are the words for what the year counts."""
    data = {
        "font": ["DejaVu Sans"],
        "title": _("Une année de messages, à blanc"),
        "subtitle": _subtitle(year, school),
        "months": _months(year, days_off, quiet_days),
        "most": max(year.per_day.values(), default=0),
        "words": {
            "off": _("jour sans école"),
            "most": _("beaucoup de messages"),
            "quiet": _("message pendant les heures calmes"),
            "who": _("Qui"),
            "people": _("Personnes"),
            "messages": _("Messages"),
            "week": _("Semaine la plus pleine"),
            "day": _("Jour le plus plein"),
            "kind": _("Message"),
        },
        "roles": [
            [roles[share.role], *map(str, (share.people, share.messages, share.most_in_a_week, share.most_in_a_day))]
            for share in year.roles
        ],
        "kinds": [[kinds.get(kind, kind), str(count)] for kind, count in year.per_kind.items()],
        "doors": " · ".join(f"{doors[door]} : {count}" for door, count in year.per_door.items()),
        "unreachable": _("Pas encore reliés : {names}", names=", ".join(year.unreachable)) if year.unreachable else "",
    }
    return await asyncio.to_thread(_compile, data)


def _compile(data: Mapping[str, Any]) -> bytes:
    return bytes(
        typst.compile(
            str(_TEMPLATE),
            format="png",
            ppi=150,
            font_paths=[str(_FONTS)],
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data)},
        )
    )


def _subtitle(year: Year, school: str) -> str:
    total = sum(year.per_day.values())
    first, last = formats.day_in_full(year.first), formats.day_in_full(year.last)
    words = ngettext("{count} message", "{count} messages", total)
    return _("{school}, du {first} au {last} : {messages}", school=school, first=first, last=last, messages=words)


def _months(year: Year, days_off: Set[date], quiet_days: Set[date]) -> list[dict[str, Any]]:
    months: list[dict[str, Any]] = []
    day = year.first.replace(day=1)
    while day <= year.last:
        following = (day + timedelta(days=31)).replace(day=1)
        squares: list[dict[str, Any] | None] = []
        for number in range(31):
            at = day + timedelta(days=number)
            if at >= following or not year.first <= at <= year.last:
                squares.append(None)
            else:
                squares.append({"count": year.per_day.get(at, 0), "off": at in days_off, "quiet": at in quiet_days})
        months.append({"name": formats.month(day), "days": squares})
        day = following
    return months
