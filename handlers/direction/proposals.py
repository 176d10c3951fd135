"""How a proposal for the timetable is shown: in numbers, in plain lines, who will be told, and what was wrong with the file.

Refuses to hide anything: what does not fit into a message comes as a text file.
"""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Strikethrough, Text

from domain.changes import Stand
from domain.timetable import WARNINGS, ImportState, Trouble
from handlers.buttons import ApplyImport, DropImport, TimetableOf, UndoImport
from handlers.timetable_words import trouble_words
from locales import _, formats, ngettext
from services.timetable.proposing import Line, Proposal

_LINES = 8
_TROUBLES = 10
_WIDTH = 60
_OTHERS = 4


def numbers(added: int, removed: int, changed: int) -> str:
    """« +12 −3 ~2 », read from left to right in every language."""
    return formats.isolate_ltr(f"+{added} −{removed} ~{changed}")


def title(calendar: str, added: int, removed: int, changed: int) -> Bold:
    """« 📅 Métallerie 1 : +12 −3 ~2 »."""
    told = numbers(added, removed, changed)
    return Bold(_("📅 {calendar} : {numbers}", calendar=formats.name(calendar), numbers=told))


def card(proposal: Proposal) -> Text:
    """A proposal before it is applied."""
    parts: list[Text | str] = [
        title(proposal.source, proposal.added, proposal.removed, proposal.changed),
        "\n",
        _("Un nouveau calendrier.") if proposal.is_new_source else _("La suite d'un calendrier déjà là."),
    ]
    if proposal.is_empty:
        parts += ["\n", _("Rien ne change : tout y est déjà.")]
    if proposal.is_drastic:
        parts += ["\n\n", Bold(_drastic(proposal))]
    for line in proposal.lines[:_LINES]:
        parts += ["\n", _line(line)]
    if len(proposal.lines) > _LINES:
        parts += ["\n", ngettext("… et {count} autre.", "… et {count} autres.", len(proposal.lines) - _LINES)]
    for note in [*_told(proposal), *_notes(proposal)]:
        parts += ["\n\n", note]
    if proposal.troubles:
        parts += ["\n\n", _troubles(proposal)]
    return Text(*parts)


def _drastic(proposal: Proposal) -> str:
    return _(
        "⚠ Attention : {removed} séances sur {coming} ne seraient plus là. Est-ce le bon fichier ?",
        removed=proposal.removed,
        coming=proposal.coming,
    )


def _told(proposal: Proposal) -> list[str]:
    """What people will be told if it is applied."""
    if proposal.is_empty:
        return []
    told = []
    if proposal.alerts:
        told.append(
            ngettext(
                "🔔 {count} personne sera prévenue sans attendre.",
                "🔔 {count} personnes seront prévenues sans attendre.",
                proposal.alerts,
            )
        )
    if proposal.digest:
        told.append(
            ngettext("🗓 {count} personne le lira dimanche.", "🗓 {count} personnes le liront dimanche.", proposal.digest)
        )
    return ["\n".join(told) or _("🔕 Personne n'a besoin d'être prévenu.")]


def _notes(proposal: Proposal) -> list[str]:
    notes = []
    if proposal.older:
        notes.append(
            ngettext(
                "{count} séance est plus récente ici que dans ce fichier : elle reste comme elle est.",
                "{count} séances sont plus récentes ici que dans ce fichier : elles restent comme elles sont.",
                proposal.older,
            )
        )
    if proposal.past:
        notes.append(
            ngettext(
                "{count} séance est déjà passée : rien n'y change.",
                "{count} séances sont déjà passées : rien n'y change.",
                proposal.past,
            )
        )
    if proposal.beyond:
        notes.append(
            ngettext(
                "{count} séance vient après la fin de ce fichier : elle est gardée.",
                "{count} séances viennent après la fin de ce fichier : elles sont gardées.",
                proposal.beyond,
            )
        )
    if proposal.unread:
        notes.append(
            ngettext(
                "⚠ {count} ligne est illisible. Si sa séance était déjà là, elle est comptée comme retirée.",
                "⚠ {count} lignes sont illisibles. Si leurs séances étaient déjà là, elles sont comptées comme retirées.",
                proposal.unread,
            )
        )
    return ["\n".join(notes)] if notes else []


def _line(line: Line) -> Text:
    before, after = line.before, line.after
    what = Text(_short(after.title), f" ({formats.name(line.group)})")
    if before is None:
        return Text("➕ ", _when(after), " · ", what, _where(after))
    if after.cancelled:
        return Text("❌ ", Strikethrough(_when(before)), " · ", what)
    if before.cancelled:
        return Text("➕ ", _when(after), " · ", what, _where(after), " ", _("(a lieu finalement)"))
    moved: list[Text | str] = []
    if (before.day, before.starts, before.ends) != (after.day, after.starts, after.ends):
        moved = [Strikethrough(_when(before)), " ", Bold(_when(after))]
    else:
        moved = [_when(after)]
    if before.title != after.title:
        moved += [" · ", Strikethrough(_short(before.title))]
    if before.place != after.place:
        moved += [
            " · ",
            Strikethrough(_short(before.place)) if before.place else "",
            " ",
            Bold(_short(after.place or "–")),
        ]
    return Text("🔁 ", *moved, " · ", what)


def _when(stand: Stand) -> str:
    return f"{formats.day_in_full(stand.day)}, {formats.hour(stand.starts)}–{formats.hour(stand.ends)}"


def _where(stand: Stand) -> str:
    return f" · {_short(stand.place)}" if stand.place else ""


def _short(words: str) -> str:
    return formats.name(words if len(words) <= _WIDTH else words[: _WIDTH - 1] + "…")


def _sorted(troubles: Sequence[Trouble]) -> list[Trouble]:
    """What costs a session first."""
    return sorted(troubles, key=lambda trouble: (trouble.problem in WARNINGS, trouble.line))


def _troubles(proposal: Proposal) -> Text:
    lost = sum(trouble.problem not in WARNINGS for trouble in proposal.troubles)
    heading = (
        ngettext("⚠ {count} ligne n'a pas pu être lue :", "⚠ {count} lignes n'ont pas pu être lues :", lost)
        if lost
        else _("À savoir :")
    )
    parts: list[Text | str] = [Bold(heading)]
    for trouble in _sorted(proposal.troubles)[:_TROUBLES]:
        parts += ["\n• ", trouble_words(trouble)]
    if proposal.trouble_count > _TROUBLES:
        more = proposal.trouble_count - _TROUBLES
        parts += ["\n", ngettext("… et {count} autre.", "… et {count} autres.", more)]
    return Text(*parts)


def everything(proposal: Proposal) -> bytes | None:
    """All that did not fit into the card, as a text file; None when all of it did."""
    if len(proposal.lines) <= _LINES and proposal.trouble_count <= _TROUBLES:
        return None
    lines = [Text(_line(line)).render()[0] for line in proposal.lines]
    troubles = ["• " + trouble_words(trouble) for trouble in _sorted(proposal.troubles)]
    return "\r\n".join([*lines, "", *troubles, ""]).encode("utf-8-sig")


def keys(proposal: Proposal) -> InlineKeyboardMarkup | None:
    """What can be done with an import as it stands."""
    if proposal.state is ImportState.APPLIED and not proposal.is_empty:
        return undo_key(proposal.import_id)
    if proposal.state is not ImportState.PROPOSED:
        return None
    apply = ApplyImport(import_id=proposal.import_id, sure=False).pack()
    rows = [
        [
            InlineKeyboardButton(text=_("✅ Appliquer"), callback_data=apply),
            InlineKeyboardButton(text=_("❌ Laisser"), callback_data=DropImport(import_id=proposal.import_id).pack()),
        ]
    ]
    for source_id, name in proposal.others[:_OTHERS]:
        words = _("🔁 C'est la suite de {calendar}", calendar=formats.name(name[:30]))
        rows.append([InlineKeyboardButton(text=words, callback_data=TimetableOf(source_id=source_id).pack())])
    if not proposal.is_new_source:
        words = _("➕ C'est un autre calendrier")
        rows.append([InlineKeyboardButton(text=words, callback_data=TimetableOf(source_id=0).pack())])
    return InlineKeyboardMarkup(inline_keyboard=rows)


def sure_keys(proposal: Proposal) -> InlineKeyboardMarkup:
    """The second question before much is removed."""
    sure = ApplyImport(import_id=proposal.import_id, sure=True).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=_("⚠ Oui, appliquer"), callback_data=sure)],
            [InlineKeyboardButton(text=_("❌ Laisser"), callback_data=DropImport(import_id=proposal.import_id).pack())],
        ]
    )


def undo_key(import_id: int) -> InlineKeyboardMarkup:
    """The key that takes an import back."""
    data = UndoImport(import_id=import_id).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=_("↩ Annuler l'import"), callback_data=data)]]
    )


def sure_words(proposal: Proposal) -> Text:
    """What the second question asks."""
    return Text(Bold(_drastic(proposal)))
