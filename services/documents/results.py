"""Who was reached, who has seen it and what they answered, as a table for a spreadsheet.

Refuses to leave the school: it names people, and is made for the author and the direction only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.broadcasts import Outcome, Reader
from domain.calendar import local
from locales import _
from services.broadcasts.following import Line
from services.documents.tables import csv_table


def results_table(
    lines: Sequence[Line], choices: Sequence[str], became: Mapping[Outcome, str], readers: Mapping[Reader, str]
) -> bytes:
    """One line per reader, in the current language; the answers, what became of a copy and who reads it come in words."""
    header = [_("Prénom"), _("Nom"), _("Qui"), _("Message"), _("Vu"), _("Réponse"), _("Répondu")]
    rows = [
        [
            line.first_name,
            line.last_name,
            readers[line.reader],
            became[line.outcome],
            _at(line.seen_at),
            "" if line.answer is None else choices[line.answer],
            _at(line.answered_at),
        ]
        for line in lines
    ]
    return csv_table(header, rows)


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"
