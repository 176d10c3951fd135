"""A roll call as one message: what it says, and a big key per student.

Refuses reasons: why somebody is away is for the family and the school's register, not for a phone on a workbench.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.absences import Answer
from domain.rollcall import AWAY, Code, RollState
from handlers.buttons import CheckRoll, ConfirmRoll, MarkStudent, ShowRoll, UndoRoll
from locales import _, formats, ngettext
from services.rollcall import Line, Roll


def roll_words(roll: Roll, now: datetime) -> Text:
    """What a roll says at `now` (UTC): its session, who is not simply there, and what happens next."""
    title = f"✋ {formats.name(roll.group)} · {formats.name(roll.title)}"
    when = f"{formats.day_in_full(roll.day)} · {formats.hours(roll.starts, roll.ends)}"
    lines = [f"\n{_line_words(line)}" for line in roll.lines if line.mark.code is not Code.PRESENT]
    return Text(Bold(title), "\n", when, *lines, "\n\n", _next_words(roll, now))


def roll_keys(roll: Roll) -> InlineKeyboardMarkup:
    """Two students in a row, then what can be done with the whole roll."""
    names = [
        InlineKeyboardButton(
            text=f"{_sign(line)} {_name(line, roll)}",
            callback_data=MarkStudent(roll_id=roll.roll_id, student_id=line.student_id).pack(),
        )
        for line in roll.lines
    ]
    rows = [names[at : at + 2] for at in range(0, len(names), 2)]
    undo = InlineKeyboardButton(text=_("↩ Reprendre"), callback_data=UndoRoll(roll_id=roll.roll_id).pack())
    if roll.state is RollState.OPEN:
        key = InlineKeyboardButton(text=_("✅ Valider"), callback_data=ConfirmRoll(roll_id=roll.roll_id).pack())
        rows.append([key])
    elif roll.state is RollState.CONFIRMED:
        rows.append([undo])
    elif roll.state is RollState.DOUBTED:
        key = InlineKeyboardButton(
            text=_("✅ Oui, c'est bien ça"), callback_data=CheckRoll(roll_id=roll.roll_id).pack()
        )
        rows += [[key], [undo]]
    else:
        key = InlineKeyboardButton(text=_("🔄 Actualiser"), callback_data=ShowRoll(roll_id=roll.roll_id).pack())
        rows.append([key])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def doubt_words(roll: Roll) -> str:
    """« 11 absents sur 12 : c'est bien ça ? »"""
    return ngettext(
        "{count} absent sur {size} : c'est bien ça ? Aucune famille n'est prévenue avant la réponse.",
        "{count} absents sur {size} : c'est bien ça ? Aucune famille n'est prévenue avant la réponse.",
        roll.away,
        size=len(roll.lines),
    )


def _sign(line: Line) -> str:
    if line.mark.code is Code.LATE:
        return "🕒"
    if line.mark.code is Code.PLACEMENT:
        return "🏭"
    return "❌" if line.mark.code in AWAY else "✅"


def _name(line: Line, roll: Roll) -> str:
    """The first name, and of two who share one the beginning of the other name."""
    alike = sum(other.first_name == line.first_name for other in roll.lines) > 1
    last = f" {line.last_name[0]}." if alike and line.last_name else ""
    return formats.name(f"{line.first_name}{last}")


def _line_words(line: Line) -> str:
    words = f"{_sign(line)} {formats.name(line.first_name)} : {_mark_words(line)}"
    if line.announced is not None and line.mark.code is not Code.PLACEMENT:
        words += f" · {_('annoncé')}"
    return f"{words} · {_answer_words(line.answer)}" if line.answer is not None else words


def _mark_words(line: Line) -> str:
    match line.mark.code:
        case Code.LATE if line.mark.minutes:
            return ngettext("en retard, {count} minute", "en retard, {count} minutes", line.mark.minutes)
        case Code.LATE:
            return _("en retard")
        case Code.PLACEMENT:
            return _("en entreprise")
        case Code.TO_JUSTIFY:
            return _("absent")
        case Code.APPOINTMENT:
            return _("en rendez-vous")
        case _:
            return _("absent, l'école sait pourquoi")


def _answer_words(answer: Answer) -> str:
    if answer is Answer.SEEN:
        return _("la famille a vu")
    if answer is Answer.CALL_ME:
        return _("la famille demande un appel")
    if answer is Answer.DID_NOT_KNOW:
        return _("la famille ne savait pas")
    return _("la famille a répondu")


def _next_words(roll: Roll, now: datetime) -> str:
    if roll.state is RollState.OPEN:
        return _("Un appui sur un prénom : présent, absent, en retard. Puis « Valider ».")
    if roll.state is RollState.DOUBTED:
        return doubt_words(roll)
    if roll.state is RollState.FINAL:
        return _("L'appel est fait. Un appui sur un prénom le corrige.")
    if roll.away == 0:
        return _("L'appel est fait. Aucune famille à prévenir.")
    left = max((roll.due_at - now).total_seconds(), 0) if roll.due_at is not None else 0
    minutes = int(-(-left // 60))
    return ngettext("Envoi dans {count} minute.", "Envoi dans {count} minutes.", max(minutes, 1))
