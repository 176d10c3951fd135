"""The words and keys of something urgent: why, who was asked, what they are asked, and who has to be called.

Refuses to hide who was asked: the author sees every name.
"""

from aiogram.types import CallbackQuery, InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.broadcasts import State
from domain.calendar import local
from domain.urgent import Alarm
from handlers.broadcast_card import body_text
from handlers.broadcast_keys import (
    ChooseAlarm,
    DraftDo,
    Follow,
    ListUrgentCalls,
    LookAtUrgent,
    Second,
    UrgentCalled,
    key_rows,
)
from handlers.broadcast_words import alarm_name, alarm_words, counted
from handlers.broadcasts.draft_card import for_whom, step
from handlers.in_place import show_in_place
from handlers.notices.attendance import why_words
from locales import NAMES, _, formats, ngettext
from services.broadcasts.alarms import UrgentCall
from services.broadcasts.drafting import Draft
from services.broadcasts.seconding import Asked

_MOST = 10


def alarms_words() -> Text:
    """What urgent means here."""
    return Text(
        Bold(_("🚨 Pourquoi est-ce urgent ?")),
        "\n",
        _("Un deuxième adulte confirme, puis le message part tout de suite, même la nuit."),
        " ",
        _("Sans réponse, l'école appelle."),
    )


def alarms_keys(view: Draft) -> InlineKeyboardMarkup:
    """The reasons, and the way back to what can wait."""
    rows = [[(alarm_name(alarm), ChooseAlarm(broadcast_id=view.broadcast_id, alarm=alarm).pack())] for alarm in Alarm]
    return key_rows(*rows, [step(view, _("Non, ça peut attendre"), "calm")])


def asked_words(asked: Asked) -> Text:
    """Who was asked, and until when."""
    names = formats.listed(formats.name(name) for name in asked.asked)
    parts: list[Text | str] = [Bold(_("🚨 Demandé à : {names}", names=names))]
    if asked.until is not None:
        hour = formats.hour(local(asked.until).time())
        parts += ["\n", _("Un seul accord suffit. Sans réponse à {hour}, rien ne part.", hour=hour)]
    return Text(*parts)


def asked_keys(asked: Asked) -> InlineKeyboardMarkup | None:
    """The author may give up."""
    if asked.state is not State.ASKED:
        return None
    return key_rows([(_("↩ Renoncer"), DraftDo(broadcast_id=asked.broadcast_id, what="giveup").pack())])


async def show_asked(callback: CallbackQuery, asked: Asked) -> None:
    """In place of the question whether to send."""
    await callback.answer()
    await show_in_place(callback, asked_words(asked), asked_keys(asked))


def proposal_words(asked: Asked, view: Draft) -> Text:
    """What a second adult is asked."""
    parts: list[Text | str] = [
        Bold(_("🚨 {name} veut envoyer un message urgent.", name=formats.name(asked.author))),
    ]
    if asked.alarm is not None:
        parts += ["\n", _("Raison : {reason}", reason=alarm_words(asked.alarm, asked.reason))]
    if view.body.text:
        parts += ["\n\n", body_text(view.body)]
    if view.pieces:
        parts += ["\n", ngettext("📎 {count} fichier", "📎 {count} fichiers", len(view.pieces))]
    parts += ["\n\n", *for_whom(view)]
    if asked.until is not None:
        hour = formats.hour(local(asked.until).time())
        parts += ["\n", _("Sans accord d'un deuxième adulte avant {hour}, rien ne part.", hour=hour)]
    return Text(*parts)


def proposal_keys(view: Draft) -> InlineKeyboardMarkup:
    """Look, agree, or not."""
    key = view.broadcast_id
    agree = _("✅ Confirmer et envoyer : {who}", who=counted(view))
    return key_rows(
        [(_("👀 Voir comme les destinataires"), LookAtUrgent(broadcast_id=key).pack())],
        [(agree, Second(broadcast_id=key, agreed=True).pack())],
        [(_("✖ Pas d'accord"), Second(broadcast_id=key, agreed=False).pack())],
    )


def answered_words(asked: Asked) -> Text:
    """What the author reads when it is settled."""
    if asked.state is State.REFUSED:
        return Text(Bold(_("🚫 Rien n'est parti : le message ne peut plus aller à ces personnes.")))
    if asked.agreed is not None:
        return Text(Bold(_("✅ {name} a confirmé. C'est parti.", name=formats.name(asked.agreed))))
    if asked.refused is not None:
        words = _("{name} n'est pas d'accord. Rien n'est parti : parlez-vous.", name=formats.name(asked.refused))
        return Text(Bold(words))
    return Text(Bold(_("Personne n'a confirmé à temps. Rien n'est parti.")), "\n", _("Vous pouvez demander encore."))


def answered_keys(asked: Asked) -> InlineKeyboardMarkup:
    """On to the draft, or to who has it."""
    if asked.state is State.DRAFT:
        return key_rows([(_("📣 Revoir le message"), DraftDo(broadcast_id=asked.broadcast_id, what="card").pack())])
    return key_rows([(_("📣 Suivre"), Follow(broadcast_id=asked.broadcast_id, what="show").pack())])


def settled_words(asked: Asked) -> Text:
    """What a second adult reads after a tap, their own or another one's."""
    if asked.agreed is not None and asked.state is not State.REFUSED:
        return Text(Bold(_("✅ Confirmé par {name}. C'est parti.", name=formats.name(asked.agreed))))
    if asked.refused is not None:
        return Text(Bold(_("✖ Refusé par {name}. Rien n'est parti.", name=formats.name(asked.refused))))
    return Text(Bold(_("C'est déjà réglé : il n'y a plus rien à confirmer.")))


def calls_words(lines: list[UrgentCall]) -> Text:
    """Whom to call, with their numbers."""
    if not lines:
        return Text(Bold(_("✅ Personne à appeler pour le moment.")))
    title = ngettext("🚨 {count} appel à faire", "🚨 {count} appels à faire", len(lines))
    parts: list[Text | str] = [Bold(title)]
    about = None
    for line in lines[:_MOST]:
        if line.about != about:
            about = line.about
            parts += ["\n", _("Message urgent : {words}", words=formats.name(about))]
        parts += ["\n\n", why_words(line.why)]
        for one in line.callees:
            number = formats.isolate_ltr(one.phone) if one.phone else _("pas de numéro")
            parts += [
                "\n",
                Bold(_name(one.first_name, one.last_name)),
                f" · {formats.name(NAMES[one.language])} · {number}",
            ]
        if line.adult is not None:
            parts += ["\n", _("Pour : {name}", name=formats.name(line.adult))]
    if len(lines) > _MOST:
        parts += ["\n\n", ngettext("Et {count} autre.", "Et {count} autres.", len(lines) - _MOST)]
    return Text(*parts)


def _name(first: str, last: str | None) -> str:
    return formats.name(f"{first} {last}" if last else first)


def calls_keys(lines: list[UrgentCall]) -> InlineKeyboardMarkup:
    """Reached, or nobody answered."""
    rows = [
        [
            (
                f"✅ {_name(line.callees[0].first_name, None)}",
                UrgentCalled(alarm_id=line.alarm_id, reached=True).pack(),
            ),
            (_("Personne n'a répondu"), UrgentCalled(alarm_id=line.alarm_id, reached=False).pack()),
        ]
        for line in lines[:_MOST]
    ]
    return key_rows(*rows, [(_("🔄 Actualiser"), ListUrgentCalls().pack())])
