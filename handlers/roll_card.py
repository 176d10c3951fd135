"""A roll call as one message: what it says, and a big key per student.

Refuses reasons: why somebody is away is for the family and the school's register, not for a phone on a workbench.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.absences import Answer
from domain.calendar import local, local_date
from domain.rollcall import AWAY, Code, RollState, minutes_late
from handlers.roll_buttons import (
    CheckRoll,
    ConfirmRoll,
    CorrectRoll,
    CorrectStudent,
    ListRolls,
    MarkStudent,
    PickStudent,
    ShowRoll,
    UndoRoll,
)
from handlers.week_card import shortened
from locales import _, formats, ngettext
from services.rollcall import Line, Roll

_LATENESSES = (5, 10, 15, 20, 30, 45)
_SIGNS = {Code.PRESENT: "✅", Code.LATE: "🕒", Code.PLACEMENT: "🏭"}


def roll_words(roll: Roll, now: datetime) -> Text:
    """What a roll says at `now` (UTC): its session, who is not simply there, and what happens next."""
    lines = [f"\n{line_words(line, roll)}" for line in roll.lines if line.mark.code is not Code.PRESENT]
    return Text(_title(roll), "\n", _counts(roll), *lines, "\n\n", _next_words(roll, now))


def roll_keys(roll: Roll) -> InlineKeyboardMarkup:
    """What can be done with a roll: tap the names while it is open, two in a row; correct it once it was called.

    Then only those who are not simply there have a key: somebody who comes late is two taps.
    """
    if roll.state is RollState.OPEN:
        rows = _pairs(
            (
                f"{_sign(line)} {_name(line, roll)}",
                MarkStudent(roll_id=roll.roll_id, student_id=line.student_id, seen=line.mark.code).pack(),
            )
            for line in roll.lines
        )
        rows.append([_key(_("✅ Confirmer"), ConfirmRoll(roll_id=roll.roll_id, seen=roll.version).pack())])
        return InlineKeyboardMarkup(inline_keyboard=rows)
    rows = []
    if roll.state is RollState.DOUBTED:
        check = CheckRoll(roll_id=roll.roll_id, away=roll.away).pack()
        rows.append([_key(_("✅ Oui, c'est bien ça"), check)])
    if not roll.was_final:
        rows.append([_key(_("↩ Annuler"), UndoRoll(roll_id=roll.roll_id).pack())])
    rows += _names_to_correct(roll, (line for line in roll.lines if line.mark.code is not Code.PRESENT))
    correct = CorrectRoll(roll_id=roll.roll_id).pack()
    rows.append([_key(_("✏ Corriger"), correct), _key(_("🔄 Actualiser"), ShowRoll(roll_id=roll.roll_id).pack())])
    rows.append([_key(_("📋 Les autres appels"), ListRolls().pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def correct_words(roll: Roll) -> Text:
    """All names of a roll that was called: which one is to be corrected?"""
    return Text(_title(roll), "\n\n", _("Quel prénom est à corriger ?"))


def correct_keys(roll: Roll) -> InlineKeyboardMarkup:
    """Every name, and the way back. Here a tap on a name changes nothing yet."""
    rows = _names_to_correct(roll, roll.lines)
    rows.append([_key(_("⬅ Retour"), ShowRoll(roll_id=roll.roll_id).pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def student_words(roll: Roll, line: Line) -> Text:
    """One student of a roll that was called: what is noted, and who will hear of a change."""
    parts: list[Text | str] = [_title(roll), "\n", line_words(line, roll), "\n\n", _("Qu'est-ce qui est juste ?")]
    if roll.was_final and line.told and not line.seen:
        parts += [" ", _("La famille prévenue reçoit la correction.")]
    return Text(*parts)


def student_keys(roll: Roll, line: Line, now: datetime) -> InlineKeyboardMarkup:
    """What can be right for one student: each key says it whole, so that no family hears of a state in between."""

    def choice(words: str, code: Code, minutes: int = 0) -> InlineKeyboardButton:
        data = {"roll_id": roll.roll_id, "student_id": line.student_id}
        return _key(words, CorrectStudent(**data, code=code, minutes=minutes).pack())

    rows = []
    if line.mark.code is not Code.PRESENT:
        rows.append([choice(_("✅ Présence dès le début"), Code.PRESENT)])
    if roll.day == local_date(now) and local(now).time() < roll.ends and line.mark.code is not Code.LATE:
        late = minutes_late(roll.day, roll.starts, now)
        words = ngettext("🕒 Arrivée maintenant : {count} min", "🕒 Arrivée maintenant : {count} min", late)
        rows.append([choice(words, Code.LATE, late)])
    others = [choice(f"🕒 {minutes}", Code.LATE, minutes) for minutes in _LATENESSES if minutes != line.mark.minutes]
    rows += [others[at : at + 3] for at in range(0, len(others), 3)]
    if line.mark.code not in AWAY:
        rows.append([choice(_("❌ Absence"), Code.TO_JUSTIFY)])
    rows.append([_key(_("⬅ Retour"), ShowRoll(roll_id=roll.roll_id).pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def doubt_words(roll: Roll) -> str:
    """« 11 absents sur 12 : c'est bien ça ? »"""
    return ngettext(
        "{count} absent sur {size} : c'est bien ça ? Aucune famille n'est prévenue avant la réponse.",
        "{count} absents sur {size} : c'est bien ça ? Aucune famille n'est prévenue avant la réponse.",
        roll.away,
        size=len(roll.lines),
    )


def line_words(line: Line, roll: Roll) -> str:
    """What is noted of one student: « ❌ Léa : absence · 👀 vu par la famille »."""
    words = f"{_sign(line)} {_name(line, roll)} : {_mark_words(line)}"
    if line.announced is not None and line.mark.code is not Code.PLACEMENT:
        words += f" · {_('annoncé')}"
    if line.expected_at is not None and line.mark.code is not Code.PRESENT:
        words += f" · {_('arrivée prévue vers {hour}', hour=formats.hour(local(line.expected_at).time()))}"
    after = _family_words(line, roll)
    return f"{words} · {after}" if after else words


def _title(roll: Roll) -> Text:
    title = f"✋ {formats.name(shortened(roll.group))} · {formats.name(shortened(roll.title))}"
    return Text(Bold(title), "\n", f"{formats.day_in_full(roll.day)} · {formats.hours(roll.starts, roll.ends)}")


def _counts(roll: Roll) -> str:
    """Signs and numbers, which need no reading."""
    signs = [_sign(line) for line in roll.lines]
    return "   ".join(f"{sign} {signs.count(sign)}" for sign in ("✅", "❌", "🕒", "🏭") if sign in signs)


def _key(words: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data)


def _pairs(keys: Iterable[tuple[str, str]]) -> list[list[InlineKeyboardButton]]:
    made = [_key(words, data) for words, data in keys]
    return [made[at : at + 2] for at in range(0, len(made), 2)]


def _names_to_correct(roll: Roll, lines: Iterable[Line]) -> list[list[InlineKeyboardButton]]:
    return _pairs(
        (
            f"{_sign(line)} {_name(line, roll)}",
            PickStudent(roll_id=roll.roll_id, student_id=line.student_id).pack(),
        )
        for line in lines
    )


def _sign(line: Line) -> str:
    return _SIGNS.get(line.mark.code, "❌")


def _name(line: Line, roll: Roll) -> str:
    """The first name; of two who share one the beginning of the other name, or all of it when that is shared too."""
    alike = [other for other in roll.lines if other.first_name == line.first_name]
    if len(alike) == 1 or not line.last_name:
        return formats.name(shortened(line.first_name))
    same = sum((other.last_name or " ")[0] == line.last_name[0] for other in alike) > 1
    return formats.name(shortened(f"{line.first_name} {line.last_name if same else line.last_name[0] + '.'}"))


def _mark_words(line: Line) -> str:
    match line.mark.code:
        case Code.PRESENT:
            return _("présence")
        case Code.LATE if line.mark.minutes:
            return ngettext("en retard, {count} minute", "en retard, {count} minutes", line.mark.minutes)
        case Code.LATE:
            return _("en retard")
        case Code.PLACEMENT:
            return _("en entreprise")
        case Code.TO_JUSTIFY:
            return _("absence")
        case _:
            return _("absence, l'école sait pourquoi")


def _family_words(line: Line, roll: Roll) -> str:
    """What became of the notice, for who called the roll: never what was answered (decision 10)."""
    if not line.told or line.mark.code not in AWAY:
        return ""
    if line.answer is not None and line.answer is not Answer.SEEN:
        return _("💬 la famille a répondu")
    if line.answer is Answer.SEEN:
        return _("👀 vu par la famille")
    if line.mark.code is not Code.TO_JUSTIFY or not roll.was_final:
        return ""
    return _("📞 la famille le sait") if line.seen else _("⏳ pas encore vu")


def _next_words(roll: Roll, now: datetime) -> str:
    if roll.state is RollState.OPEN:
        return _("Touchez un prénom : ❌ absence. Encore : 🕒 retard. Encore : ✅ présence. Puis « Confirmer ».")
    if roll.state is RollState.DOUBTED:
        return doubt_words(roll)
    if roll.state is RollState.FINAL:
        return _("L'appel est fait. Pour corriger, touchez un prénom.")
    if not any(line.is_news for line in roll.lines):
        return _("L'appel est fait. Aucune absence à annoncer.")
    # The hold ends within a minute: the next full one is a promise that is kept.
    at = local(max(roll.due_at or now, now) + timedelta(seconds=59)).time()
    words = _("L'appel est fait. Les familles sont prévenues à {hour}.", hour=formats.hour(at))
    return words if roll.was_final else f"{words} {_('Avant, « Annuler » reprend tout.')}"
