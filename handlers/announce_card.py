"""Announcing an absence or a lateness as one message: what it says, and its keys, for a family and for a student.

Refuses a word to write: a day, a half of it, minutes and a reason are keys.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.absences import LATENESSES, Announced, Answer, Motive, Speaker
from domain.rollcall import Half
from handlers.absence_words import answer_name, said_when
from handlers.buttons import (
    AnnounceAway,
    AnnounceDays,
    AnnounceFor,
    AnnounceLate,
    AnnounceWhen,
    ExplainAway,
    ListReceipts,
    TakeBack,
)
from locales import _, formats, ngettext
from services.announced import Said
from services.announcement_page import Ahead, Page
from services.announcements import Ward

_DAYS_A_PAGE = 6
_STUDENT_LATENESSES = (5, 10, 15, 20, 30, 45)
_OWN = (Speaker.STUDENT, Speaker.ADULT_STUDENT)
PAPER = (Motive.ILL, Motive.CONTAGION_AT_HOME)
"""Motives somebody may have a paper of."""


def paper_words(own: bool) -> str:
    """Where a paper goes: never into the chat. `own`: to the student."""
    if own:
        return _("Un papier ? Apporte-le à l'école, sans photo ici.")
    return _("Un papier ? Apportez-le à l'école, sans photo ici.")


def whom_keys(wards: Iterable[Ward]) -> InlineKeyboardMarkup:
    """For which student?"""
    return _rows(*([_key(formats.name(ward.first_name), AnnounceFor(student_id=ward.student_id))] for ward in wards))


def what_words(page: Page) -> Text:
    """What is announced already, and the question."""
    if page.speaker in _OWN:
        parts: list[Text | str] = [Bold(_("🕒 En retard ? Absence ?"))]
    else:
        parts = [Bold(_("📣 {name} : absence ou retard", name=formats.name(page.first_name)))]
    parts += [f"\n{said_words(said)}" for said in once_a_day(page.standing)]
    if not page.days:
        parts += ["\n", _("Il n'y a pas d'école à annoncer en ce moment.")]
    elif page.speaker in _OWN:
        is_today = page.days[0].day == page.today
        words = _("Demain : un appui, et l'école le sait.")
        parts += ["\n", _("Aujourd'hui : un appui, et l'école le sait.") if is_today else words]
    else:
        parts += ["\n", _("Que voulez-vous annoncer ?")]
    return Text(*parts)


def what_keys(page: Page) -> InlineKeyboardMarkup:
    """A student's first day at once; a family's today, tomorrow, and any other day."""
    if page.speaker in _OWN:
        rows = _student_rows(page, page.days[0]) if page.days else []
        if len(page.days) > 1:
            later = AnnounceWhen(student_id=page.student_id, kind=Announced.LATE, day=page.days[1].day.isoformat())
            rows.append([_key(_("➡ Demain"), later)])
    else:
        rows = []
        near = (page.today, page.today + timedelta(days=1))
        for ahead in (ahead for ahead in page.days if ahead.day in near):
            away, late = _when(page, Announced.AWAY, ahead.day), _when(page, Announced.LATE, ahead.day)
            if ahead.day == page.today:
                rows.append([_key(_("Absence aujourd'hui"), away), _key(_("Retard aujourd'hui"), late)])
            else:
                rows.append([_key(_("Absence demain"), away), _key(_("Retard demain"), late)])
        if any(ahead.day not in near for ahead in page.days):
            rows.append([_key(_("📅 Un autre jour"), AnnounceDays(student_id=page.student_id, page=0))])
    rows += _take_back_rows(page)
    if page.speaker not in _OWN:
        rows.append([_key(_("📬 Les messages reçus"), ListReceipts())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def days_keys(page: Page, number: int) -> InlineKeyboardMarkup:
    """The days of school ahead, some at a time."""
    shown = page.days[number * _DAYS_A_PAGE : (number + 1) * _DAYS_A_PAGE]
    rows = [[_key(formats.day_in_full(ahead.day), _when(page, Announced.AWAY, ahead.day))] for ahead in shown]
    turn = []
    if number > 0:
        turn.append(_key(_("⬅ Avant"), AnnounceDays(student_id=page.student_id, page=number - 1)))
    if len(page.days) > (number + 1) * _DAYS_A_PAGE:
        turn.append(_key(_("Après ➡"), AnnounceDays(student_id=page.student_id, page=number + 1)))
    return _rows(*rows, turn, _back(page))


def when_words(page: Page, kind: Announced, ahead: Ahead, half: Half) -> Text:
    """Which half of the day, or how many minutes?"""
    day = formats.day_in_full(ahead.day)
    title = Bold(day if page.speaker in _OWN else f"{formats.name(page.first_name)} · {day}")
    if kind is Announced.AWAY:
        return Text(title, "\n", _("Absence : quand ?"))
    return Text(title, "\n", _("Retard, {half} : combien de minutes ?", half=_half_words(half)))


def when_keys(page: Page, kind: Announced, ahead: Ahead, half: Half) -> InlineKeyboardMarkup:
    """The halves that are left, or the minutes; and the way to the other kind."""
    if page.speaker in _OWN:
        return _rows(*_student_rows(page, ahead), _back(page))
    if kind is Announced.AWAY:
        rows = _away_rows(page, ahead)
        rows.append([_key(_("🕒 Plutôt un retard"), _when(page, Announced.LATE, ahead.day))])
        return _rows(*rows, _back(page))
    rows = _late_rows(page, ahead.day, half, LATENESSES)
    for other in ahead.halves:
        if other is not half:
            data = AnnounceWhen(student_id=page.student_id, kind=kind, day=ahead.day.isoformat(), half=other)
            rows.append([_key(_("Plutôt {half}", half=_half_words(other)), data)])
    return _rows(*rows, _back(page))


def said_words(said: Said) -> str:
    """One line of what is announced."""
    if said.placement:
        return _("En entreprise : {when}.", when=said_when(said))
    if said.kind is Announced.AWAY:
        words = _("Absence annoncée : {when}.", when=said_when(said))
    else:
        words = ngettext(
            "Retard annoncé : {when}, {count} minute.",
            "Retard annoncé : {when}, {count} minutes.",
            said.minutes or 0,
            when=said_when(said),
        )
    if said.motive is None:
        return words
    return f"{words} {_('Raison : {reason}.', reason=answer_name(Answer(said.motive.value)))}"


def done_words(said: Sequence[Said], speaker: Speaker) -> Text:
    """What became of it: who knows, and what is still open. `speaker` is as what the reader spoke."""
    first, own = said[0], speaker in _OWN
    title = "" if own else f"{formats.name(first.first_name)} · "
    parts: list[Text | str] = [Bold(f"✅ {title}{said_words(first)}"), "\n"]
    if speaker is Speaker.STUDENT and first.speaker is not Speaker.STUDENT:
        parts += [_("C'était déjà annoncé pour toi : cela reste comme ça.")]
    elif speaker is Speaker.STUDENT:
        parts += [_("L'équipe de l'atelier le sait."), " ", _("Avant 18 ans, l'école le dit aussi à ta famille.")]
    elif first.kind is Announced.AWAY and first.motive is None:
        parts += [_("L'équipe de l'atelier le sait."), " "]
        parts += [
            _("Pourquoi ? Tu peux le dire d'un appui.") if own else _("Pourquoi ? Vous pouvez le dire d'un appui.")
        ]
    else:
        parts += [_("L'équipe de l'atelier le sait."), " "]
        parts += [_("Merci !") if own else _("Merci.")]
    if first.motive in PAPER and speaker is not Speaker.STUDENT:
        parts += [" ", paper_words(own)]
    return Text(*parts)


def done_keys(said: Sequence[Said], speaker: Speaker) -> InlineKeyboardMarkup:
    """The reasons while there is one to give or to change, and the way to take it back."""
    first = said[0]
    data = {"student_id": first.student_id, "day": first.day.isoformat()}
    rows: list[list[InlineKeyboardButton]] = []
    if first.kind is Announced.AWAY and speaker in (Speaker.GUARDIAN, Speaker.ADULT_STUDENT):
        motives = [
            _key(_chosen(answer_name(Answer(motive.value)), motive is first.motive), ExplainAway(**data, motive=motive))
            for motive in (Motive.ILL, Motive.TRANSPORT, Motive.APPOINTMENT, Motive.FAMILY_GATHERING)
        ]
        rows += [motives[:2], motives[2:3], motives[3:]]
        rows += [
            [
                _key(
                    _chosen(answer_name(Answer(motive.value)), motive is first.motive),
                    ExplainAway(**data, motive=motive),
                )
            ]
            for motive in (Motive.CONTAGION_AT_HOME, Motive.GUARDIANS_AWAY, Motive.OTHER)
        ]
    if speaker is not Speaker.STUDENT or first.speaker is Speaker.STUDENT:
        rows.append([_key(_("↩ Ce n'est plus vrai"), TakeBack(**data))])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def taken_back_words(said: Sequence[Said], speaker: Speaker) -> Text:
    """It is not so any more, and whoever was told is told that too."""
    first = said[0]
    title = "" if speaker in _OWN else f"{formats.name(first.first_name)} · "
    return Text(
        Bold(f"↩ {title}{formats.day_in_full(first.day)}"),
        "\n",
        _("L'annonce est reprise. L'école fait l'appel comme toujours."),
    )


def once_a_day(standing: Iterable[Said]) -> list[Said]:
    """One line for what was announced for a whole day."""
    shown: dict[tuple[date, bool, Half | None], Said] = {}
    for said in standing:
        shown.setdefault((said.day, said.whole_day, None if said.whole_day else said.half), said)
    return list(shown.values())


def _student_rows(page: Page, ahead: Ahead) -> list[list[InlineKeyboardButton]]:
    """Late or away, each one tap."""
    return _late_rows(page, ahead.day, ahead.halves[0], _STUDENT_LATENESSES) + _away_rows(page, ahead)


def _late_rows(page: Page, day: date, half: Half, choices: Sequence[int]) -> list[list[InlineKeyboardButton]]:
    keys = [
        _key(
            _("{minutes} min", minutes=minutes),
            AnnounceLate(student_id=page.student_id, day=day.isoformat(), half=half, minutes=minutes),
        )
        for minutes in choices
    ]
    return [keys[at : at + 3] for at in range(0, len(keys), 3)]


def _away_rows(page: Page, ahead: Ahead) -> list[list[InlineKeyboardButton]]:
    data = {"student_id": page.student_id, "day": ahead.day.isoformat()}
    rows = []
    if len(ahead.halves) > 1:
        rows.append([_key(_("❌ Absence toute la journée"), AnnounceAway(**data))])
    for half in ahead.halves:
        words = _("❌ Absence le matin") if half is Half.MORNING else _("❌ Absence l'après-midi")
        rows.append([_key(words, AnnounceAway(**data, half=half))])
    return rows


def _take_back_rows(page: Page) -> list[list[InlineKeyboardButton]]:
    return [
        [
            _key(
                _("↩ Plus vrai : {day}", day=formats.day_in_full(day)),
                TakeBack(student_id=page.student_id, day=day.isoformat()),
            )
        ]
        for day in page.to_take_back[:3]
    ]


def _when(page: Page, kind: Announced, day: date) -> AnnounceWhen:
    return AnnounceWhen(student_id=page.student_id, kind=kind, day=day.isoformat())


def _back(page: Page) -> list[InlineKeyboardButton]:
    return [_key(_("⬅ Retour"), AnnounceFor(student_id=page.student_id))]


def _half_words(half: Half) -> str:
    return _("le matin") if half is Half.MORNING else _("l'après-midi")


def _chosen(words: str, on: bool) -> str:
    return f"● {words}" if on else words


def _key(
    words: str,
    data: AnnounceFor
    | AnnounceDays
    | AnnounceWhen
    | AnnounceAway
    | AnnounceLate
    | ExplainAway
    | TakeBack
    | ListReceipts,
) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=words, callback_data=data.pack())


def _rows(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])
