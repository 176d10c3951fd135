"""What a day without school is called.

Refuses more than a word or two: it stands on a picture.
"""

from domain.calendar import Off
from locales import _, formats
from services.weeks import DayOff


def off_name(day: DayOff) -> str:
    """The direction's own words for a day, else those of the calendars."""
    if day.label:
        return formats.name(day.label)
    match day.reason:
        case Off.PUBLIC_HOLIDAY:
            return _("Jour férié : école fermée")
        case Off.HOLIDAYS:
            return _("Vacances")
        case _:
            return _("Pas d'école")
