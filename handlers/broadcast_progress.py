"""How far a broadcast is, as one message that changes: a bar, who has seen it, what failed and why, and what can be done.

Refuses names: who has not seen it is one tap further, for those who may know.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import Kind, Outcome, State, bar
from domain.calendar import local
from handlers.broadcast_card import answer_words
from handlers.broadcast_keys import DraftDo, Follow, ListBroadcasts, ListUrgentCalls, Remind, key_rows
from handlers.broadcast_words import outcome_words, state_words
from locales import _, current, formats, ngettext
from services.broadcasts.following import Progress
from services.documents.drawing import runs_leftwards

_TROUBLES = (
    Outcome.WAITING,
    Outcome.HELD,
    Outcome.BLOCKED,
    Outcome.UNCERTAIN,
    Outcome.FAILED,
    Outcome.LEFT,
    Outcome.PAPER,
)


def progress_words(seen: Progress) -> Text:
    """The state of a broadcast in a few lines."""
    title = seen.excerpt or _("Un fichier, sans texte")
    parts: list[Text | str] = [Bold(f"{'🚨' if seen.urgent else '📣'} {formats.name(title)}")]
    if not seen.own:
        parts += ["\n", _("Par {name}", name=formats.name(seen.author))]
    if seen.state is State.SCHEDULED and seen.send_at is not None:
        at = local(seen.send_at)
        words = _("🕒 Partira : {day}, {hour}", day=formats.day_in_full(at.date()), hour=formats.hour(at.time()))
        parts += ["\n", words, "\n", _("Puis chaque semaine.")] if seen.every_week else ["\n", words]
    told = state_words(seen.state)
    if told is not None:
        parts += ["\n", told]
    counts = seen.counts
    if counts.readers:
        sent = counts[Outcome.SENT]
        of = _("{sent} sur {all}", sent=sent, all=counts.to_send)
        parts += ["\n", bar(sent, counts.to_send), " ", of]
        parts += [f"\n{outcome_words(one, counts[one])}" for one in _TROUBLES if counts[one]]
    if counts.readers and seen.kind is Kind.CONFIRM:
        parts += ["\n", ngettext("👁 Vu par {count} personne", "👁 Vu par {count} personnes", counts.seen)]
    if counts.readers and seen.kind is Kind.ANSWER:
        most = max((count for _choice, count in seen.answers), default=0)
        for number, (choice, count) in enumerate(seen.answers):
            parts += ["\n", bar(count, most, 5), f" {count} · {answer_words(number, choice)}"]
    if seen.calls:
        parts += ["\n", ngettext("📞 {count} appel à faire", "📞 {count} appels à faire", seen.calls)]
    if seen.reminders:
        parts += ["\n", ngettext("{count} rappel envoyé", "{count} rappels envoyés", seen.reminders)]
    return Text(*parts)


def progress_keys(seen: Progress) -> InlineKeyboardMarkup:
    """What can be done with it now."""

    def key(words: str, what: str) -> tuple[str, str]:
        return words, Follow(broadcast_id=seen.broadcast_id, what=what).pack()

    rows: list[list[tuple[str, str]]] = []
    if seen.calls:
        rows.append([(_("📞 Qui appeler ?"), ListUrgentCalls().pack())])
    if seen.state is State.ASKED and seen.own:
        rows.append([(_("↩ Renoncer"), DraftDo(broadcast_id=seen.broadcast_id, what="giveup").pack())])
    if seen.state is State.SCHEDULED:
        rows.append([key(_("✖ Ne pas envoyer"), "stop")])
    if seen.state is State.SENDING and seen.counts[Outcome.WAITING]:
        rows.append([key(_("⏸ Pause"), "pause"), key(_("⏹ Arrêter le reste"), "stop")])
    if seen.state is State.PAUSED:
        rows.append([key(_("▶ Reprendre"), "resume"), key(_("⏹ Arrêter le reste"), "stop")])
    if seen.remindable:
        words = ngettext("🔔 Rappeler à {count} personne", "🔔 Rappeler à {count} personnes", seen.silent)
        rows.append([(words, Remind(broadcast_id=seen.broadcast_id, number=seen.reminders + 1).pack())])
    if seen.counts.readers:
        rows.append([key(_("👥 Qui ?"), "names"), key(_("📊 Image"), "chart"), key(_("📄 Tableau"), "table")])
        if seen.counts[Outcome.PAPER] or seen.counts[Outcome.BLOCKED]:
            rows.append([key(_("🖨 À remettre en main propre"), "paper")])
    changes = []
    if seen.correctable:
        changes.append(key(_("✏ Corriger"), "correct"))
    if seen.recallable:
        changes.append(key(_("↩ Retirer"), "recall"))
    elif seen.sent_at is not None and seen.state in (State.SENDING, State.PAUSED, State.STOPPED):
        changes.append(key(_("↩ Retirer : trop tard"), "late"))
    if changes:
        rows.append(changes)
    rows.append([key(_("🔄 Actualiser"), "show"), (_("📋 Les annonces"), ListBroadcasts().pack())])
    return key_rows(*rows)


def chart_of(seen: Progress, now: datetime) -> dict[str, object]:
    """The same as a picture: what is drawn, bar by bar, in the current language."""
    bars = [
        {"words": outcome_words(one, count).rpartition(":")[0].strip(), "count": count, "good": one is Outcome.SENT}
        for one in Outcome
        if (count := seen.counts[one])
    ]
    if seen.kind is not Kind.INFORMATION:
        bars.append({"words": _("Vu"), "count": seen.counts.seen, "good": True})
    answers = [
        {"words": answer_words(number, words), "count": count, "good": True}
        for number, (words, count) in enumerate(seen.answers)
    ]
    at, title = local(now), seen.excerpt or _("Un fichier, sans texte")
    return {
        "lang": current(),
        "rtl": current() == "ar",
        "title": title,
        "title_rtl": runs_leftwards(title, current() == "ar"),
        "when": _("État : {day}, {hour}", day=formats.day_in_full(at.date()), hour=formats.hour(at.time())),
        "copies": bars,
        "answers": answers,
        "asked": _("Réponses, une par famille") if answers else "",
    }
