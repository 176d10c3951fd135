"""A draft as one message: what is in it, whom it is for, and the keys to change it and let it leave.

Refuses to hide numbers: how many it reaches, in how many languages, and who gets paper, is there before it is sent.
"""

from datetime import datetime, timedelta

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import Kind
from domain.calendar import local, local_date
from handlers.broadcast_card import answer_words, body_text
from handlers.broadcast_keys import AimDraft, AnswerUntil, DraftDo, DraftKind, SendLater, key_rows
from handlers.broadcast_words import alarm_words, audience_words, counted, counts_line, kind_name, reader_name
from locales import NAMES, _, formats, ngettext
from services.broadcasts.drafting import Draft


def step(view: Draft, words: str, what: str) -> tuple[str, str]:
    """A key that leads to a step of a draft."""
    return words, DraftDo(broadcast_id=view.broadcast_id, what=what).pack()


def draft_words(view: Draft) -> Text:
    """What a draft holds and whom it reaches."""
    parts: list[Text | str] = [Bold(_("📣 Votre message"))]
    if view.body.text:
        parts += ["\n", body_text(view.body)]
    if view.pieces:
        parts += ["\n", ngettext("📎 {count} fichier", "📎 {count} fichiers", len(view.pieces))]
    parts += ["\n\n", *for_whom(view)]
    if view.alarm is not None:
        parts += ["\n", Bold(_("🚨 Urgent : {reason}", reason=alarm_words(view.alarm, view.alarm_words)))]
    if view.versions:
        held = [formats.name(NAMES[one.language]) for one in view.versions if one.holds]
        open_ones = [formats.name(NAMES[one.language]) for one in view.versions if not one.holds]
        if held:
            parts += ["\n", _("🌍 Texte aussi en : {languages}", languages=formats.listed(held))]
        if open_ones:
            parts += ["\n", _("⚠ À relire : {languages}", languages=formats.listed(open_ones))]
    if view.kind is Kind.ANSWER:
        choices = view.choices or (None, None)
        answers = formats.listed(answer_words(number, words) for number, words in enumerate(choices))
        parts += ["\n", _("Réponses : {answers}", answers=answers)]
        if view.answer_until is not None:
            parts += ["\n", _("Jusqu'au soir : {day}", day=formats.day_in_full(view.answer_until))]
    parts += ["\n", _("Vous pouvez encore ajouter du texte, une photo, un document ou un message vocal.")]
    return Text(*parts)


def for_whom(view: Draft) -> list[Text | str]:
    readers = formats.listed(reader_name(reader) for reader in sorted(view.audience.readers))
    where = audience_words(view.audience, view.reach)
    people = formats.listed(one.first_name for one in view.people)
    parts: list[Text | str] = []
    if where and readers:
        parts.append(_("Pour : {where} ({readers})", where=where, readers=readers))
        parts += ["\n", _("Et : {people}", people=people)] if people else []
    elif people:
        parts.append(_("Pour : {people}", people=people))
    return [*parts, *(["\n"] if parts else []), Bold(counts_line(view))]


def draft_keys(view: Draft) -> InlineKeyboardMarkup:
    """Everything that can be done with a draft; sending it is two taps."""
    kinds = [
        (
            f"{'◉' if kind is view.kind else '○'} {kind_name(kind)}",
            DraftKind(broadcast_id=view.broadcast_id, kind=kind).pack(),
        )
        for kind in Kind
    ]
    answers = []
    if view.kind is Kind.ANSWER:
        answers = [step(view, _("✏ Les réponses"), "choices"), step(view, _("📅 Jusqu'à quand"), "until")]
    return key_rows(
        [step(view, _("👀 Voir et envoyer"), "preview")],
        kinds,
        answers,
        [step(view, _("🌍 Langues"), "texts"), step(view, _("🚨 Urgent"), "urgent")],
        [
            (_("👥 Pour qui"), AimDraft(broadcast_id=view.broadcast_id).pack()),
            *([] if view.alarm else [(_("🕒 Plus tard"), SendLater(broadcast_id=view.broadcast_id).pack())]),
        ],
        [step(view, _("🗑 Recommencer"), "clear")],
        [step(view, _("✖ Abandonner"), "drop")],
    )


def ready_words(view: Draft, silent_until: datetime | None) -> Text:
    """What is asked last; `silent_until` when nobody is written to at this hour."""
    parts: list[Text | str] = [Bold(_("C'est ce que les destinataires verront. On l'envoie ?")), "\n", *for_whom(view)]
    unread = [formats.name(NAMES[one.language]) for one in view.versions if not one.holds]
    if unread:
        parts += ["\n", _("⚠ Texte pas relu, l'original partira : {languages}", languages=formats.listed(unread))]
    if view.unreachable:
        parts += ["\n", _("Après l'envoi, une feuille à imprimer sera prête pour qui n'a pas de conversation.")]
    if view.alarm is not None:
        parts += ["\n", _("Urgent : un deuxième adulte doit d'abord confirmer. Le message part même la nuit.")]
    elif silent_until is not None:
        at = local(silent_until)
        day, hour = formats.day_in_full(at.date()), formats.hour(at.time())
        parts += [
            "\n",
            _("À cette heure, l'école se tait. Les messages partiront : {day}, {hour}.", day=day, hour=hour),
        ]
    return Text(*parts)


def ready_keys(view: Draft) -> InlineKeyboardMarkup:
    """Send, later, or back; something urgent asks a second adult first."""
    if view.alarm is not None:
        asking = step(view, _("🚨 Demander à un deuxième adulte"), "ask")
        return key_rows([asking], [step(view, _("⬅ Retour"), "card")])
    return key_rows(
        [step(view, _("✅ Envoyer : {who}", who=counted(view)), "send")],
        [
            (_("🕒 Plus tard"), SendLater(broadcast_id=view.broadcast_id).pack()),
            step(view, _("⬅ Retour"), "card"),
        ],
    )


def until_keys(view: Draft, now: datetime) -> InlineKeyboardMarkup:
    """A last day for answers: some of the days to come."""
    today = local_date(now)
    days = [today + timedelta(days=ahead) for ahead in (1, 2, 3, 5, 7, 14)]
    rows = [
        [(formats.day_in_full(day), AnswerUntil(broadcast_id=view.broadcast_id, day=day.isoformat()).pack())]
        for day in days
    ]
    return key_rows(*rows, [step(view, _("⬅ Retour"), "card")])
