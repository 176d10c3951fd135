"""Dates, hours and names as each language writes them, by CLDR and the school's glossary.

Refuses abbreviations and month names in Arabic: the same month has three names between Alger, Rabat and Damascus.
"""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from locales import current

_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
_DAY = {"fr": "EEEE d MMMM", "en": "EEEE d MMMM", "tr": "d MMMM EEEE", "ar": "EEEE", "pt": "EEEE, d 'de' MMMM"}


def day_in_full(day: date) -> str:
    """A date with its weekday: « mardi 24 novembre », "Tuesday 24 November", «الثلاثاء 24/11»."""
    language = current()
    words = format_date(day, _DAY[language], locale="pt_PT" if language == "pt" else language)
    if language == "ar":
        return f"{words} {isolate_ltr(f'{day.day}/{day.month}')}"
    if language == "fr" and day.day == 1:
        return words.replace(" 1 ", " 1er ")
    return words


def weekday_short(day: date) -> str:
    """A weekday over a column of a calendar, as CLDR shortens it there: « lu », "Mo", "Pt"."""
    return format_date(day, "EEEEEE", locale="pt_PT" if current() == "pt" else current())


def month(day: date) -> str:
    """The month of a date with its year: « novembre 2026 », «11/2026» in Arabic."""
    language = current()
    if language == "ar":
        return isolate_ltr(f"{day.month}/{day.year}")
    return format_date(day, "LLLL yyyy", locale="pt_PT" if language == "pt" else language)


def hour(at: time) -> str:
    """A wall-clock hour: « 8 h 30 » in French, 08:30 elsewhere."""
    if current() == "fr":
        return f"{at.hour}\u00a0h\u00a0{at.minute:02}" if at.minute else f"{at.hour}\u00a0h"
    return f"{at.hour:02}:{at.minute:02}"


def hours(starts: time, ends: time) -> str:
    """From one wall-clock hour to another: « 8 h 30 – 12 h », 08:30–12:00; in words in Arabic, where a dash turns around."""
    if current() == "ar":
        return f"من {hour(starts)} إلى {hour(ends)}"
    return f"{hour(starts)} – {hour(ends)}" if current() == "fr" else f"{hour(starts)}–{hour(ends)}"


def name(words: str) -> str:
    """A name or other text of unknown direction, set apart so that it cannot turn the line around."""
    return f"{_FSI}{words}{_PDI}" if current() == "ar" else words


def listed(words: Iterable[str]) -> str:
    """Names one after the other."""
    return ("، " if current() == "ar" else ", ").join(name(word) for word in words)


def isolate_ltr(words: str) -> str:
    """A number, size or reference that must read left to right inside an Arabic line."""
    return f"{_LRI}{words}{_PDI}" if current() == "ar" else words


def money(amount: Decimal) -> str:
    """An amount in euros: « 1 234,50 € », "€1,234.50"; left to right inside an Arabic line."""
    language = current()
    locale = {"ar": "en", "pt": "pt_PT"}.get(language, language)
    return isolate_ltr(format_currency(amount, "EUR", locale=locale))


def number(value: Decimal) -> str:
    """A quantity or a rate, without zeros nobody needs: « 2,5 »."""
    language = current()
    locale = {"ar": "en", "pt": "pt_PT"}.get(language, language)
    return isolate_ltr(format_decimal(value.normalize() if value % 1 else value.to_integral_value(), locale=locale))


def date_short(day: date) -> str:
    """A date in figures, as on papers: « 24/11/2026 »."""
    return isolate_ltr(f"{day.day:02}/{day.month:02}/{day.year}")
