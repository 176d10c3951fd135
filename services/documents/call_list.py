"""The list of whom to call as a sheet of paper, for an office without a screen at hand.

Refuses reasons of absences: it says why somebody is to be called, and never why a student is away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.calendar import local
from domain.escalation import Why
from domain.people import GuardianKind
from domain.rollcall import Half
from locales import NAMES, _, current, formats, ngettext
from services.calls import Callee, ToCall, Unlinked
from services.documents.drawing import print_pages


async def print_call_list(
    school: str,
    lines: Sequence[ToCall],
    unlinked: Sequence[Unlinked],
    rolls: Sequence[str],
    why: Mapping[Why, str],
    now: datetime,
) -> bytes | None:
    """An A4 PDF of the list as of `now`, in the current language; `rolls` are those not called yet, in words.

    `why` gives the words for each reason to call. None when it cannot be made.
    """
    at = local(now)
    data = {
        "lang": current(),
        "rtl": current() == "ar",
        "title": _("À appeler"),
        "subtitle": f"{formats.name(school)} · {formats.day_in_full(at.date())}, {formats.hour(at.time())}",
        "footer": _("Cette feuille nomme des personnes : à garder sous clé, à détruire ce soir."),
        "words": {
            "nobody": _("Personne à appeler pour le moment."),
            "who": _("Élève"),
            "whom": _("Qui appeler"),
            "note": _("Réponse, heure"),
            "rolls": _("Appels pas encore faits"),
            "unlinked": _("Familles sans conversation"),
            "guardian": _("Famille"),
            "students": _("Élève"),
            "phone": _("Téléphone"),
            "state": _("Pourquoi"),
        },
        "calls": [_call(line, why) for line in lines],
        "rolls": list(rolls),
        "unlinked": [
            {
                "name": _full(one.first_name, one.last_name),
                "students": formats.listed(one.students),
                "phone": phone(one.phone),
                "state": _("conversation fermée") if one.blocked else _("pas encore relié"),
            }
            for one in unlinked
        ],
    }
    return await print_pages("call_list.typ", data)


def guardian_kind_name(kind: GuardianKind | None) -> str:
    """What somebody is to a student, in words for the school; None: the adult student."""
    match kind:
        case GuardianKind.PARENT:
            return _("parent")
        case GuardianKind.TUTOR:
            return _("tuteur ou tutrice")
        case GuardianKind.CHILD_WELFARE:
            return _("aide sociale à l'enfance")
        case GuardianKind.HOME:
            return _("foyer")
        case GuardianKind.HOST_FAMILY:
            return _("famille d'accueil")
        case _:
            return _("élève de plus de 18 ans")


def callee_detail(one: Callee) -> str:
    """What it helps to know before calling: who they are to the student, and their language."""
    return f"{guardian_kind_name(one.kind)} · {formats.name(NAMES[one.language])}"


def phone(number: str | None) -> str:
    """A number to dial, or that the school has none here."""
    return formats.isolate_ltr(number) if number else _("pas de numéro ici")


def half_day_name(line: ToCall) -> str:
    """The half-day of a call, in full."""
    day = formats.day_in_full(line.day)
    if line.half is Half.MORNING:
        return _("{day}, le matin", day=day)
    return _("{day}, l'après-midi", day=day)


def tried(line: ToCall) -> str:
    """How often somebody called in vain, and when last; nothing when nobody has."""
    if not line.tries or line.tried_at is None:
        return ""
    words = ngettext(
        "{count} appel sans réponse, à {hour}",
        "{count} appels sans réponse, le dernier à {hour}",
        line.tries,
        hour=formats.hour(local(line.tried_at).time()),
    )
    return words


def _call(line: ToCall, why: Mapping[Why, str]) -> dict[str, Any]:
    return {
        "name": _full(line.first_name, line.last_name),
        "when": f"{formats.name(line.group)} · {half_day_name(line)}",
        "why": why[line.why],
        "tried": tried(line),
        "people": [
            {
                "name": _full(one.first_name, one.last_name),
                "detail": callee_detail(one),
                "phone": phone(one.phone),
            }
            for one in line.callees
        ],
    }


def _full(first: str, last: str | None) -> str:
    return formats.name(f"{first} {last}" if last else first)
