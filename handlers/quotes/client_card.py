"""A quote as its client reads it in the chat: the price first, what it holds, until when, and the keys of the answer.

Refuses to hide that a yes commits: what it means is said before the name is asked.
"""

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text

from domain.orders import Delay
from domain.quote_terms import Agreement
from domain.quotes import PartsChoice, Refusal, Standing
from handlers.broadcast_keys import key_rows
from handlers.quotes.card import line_text, total_lines
from handlers.quotes.keys import AnswerQuote, RefuseQuote, TurnQuoteLine
from handlers.quotes.words import refusal_name
from locales import _, formats, ngettext
from services.quotes.views import QuoteView


def answer(view: QuoteView, words: str, what: str) -> tuple[str, str]:
    """A key of the client's answer."""
    return words, AnswerQuote(quote_id=view.quote_id, what=what).pack()


def heading(view: QuoteView) -> str:
    """« Devis DV-2026-0007 », with the version when there is more than one."""
    number = formats.isolate_ltr(view.number or "")
    if view.version > 1:
        return _("📄 Devis {number}, version {version}", number=number, version=view.version)
    return _("📄 Devis {number}", number=number)


def sent_words(view: QuoteView) -> Text:
    """What goes with the PDF: short, it is a caption."""
    parts: list[Text | str] = [Bold(_("Voici votre devis.")), "\n", heading(view), "\n", *total_lines(view.totals)]
    parts += _when(view)
    if view.parts_open:
        parts += ["\n\n", _("D'abord une question : pièces neuves, ou pièces d'occasion ?")]
    return Text(*parts)


def _when(view: QuoteView) -> list[Text | str]:
    parts: list[Text | str] = []
    if view.ready_on is not None:
        parts += ["\n📅 ", _("Prêt le {day}", day=formats.day_in_full(view.ready_on))]
    if view.valid_until is not None:
        parts += ["\n⏳ ", _("Valable jusqu'au {day}", day=formats.day_in_full(view.valid_until))]
    return parts


def status_words(view: QuoteView) -> Text:
    """Where the quote stands, for its client."""
    parts: list[Text | str] = [Bold(heading(view))]
    match view.standing:
        case Standing.OPEN:
            parts += ["\n", *(f"{line_text(line)}\n" for line in view.lines), *total_lines(view.totals), *_when(view)]
        case Standing.EXPIRED:
            day = formats.day_in_full(view.valid_until) if view.valid_until else ""
            words = _("Ce devis était valable jusqu'au {day}. L'école peut en faire un nouveau.", day=day)
            parts += ["\n", words]
        case Standing.SUPERSEDED:
            parts += ["\n", _("Il y a un devis plus récent. C'est lui qui compte.")]
        case Standing.ACCEPTED:
            parts += ["\n", _("✅ Accepté. Le travail est dans l'atelier, ou bientôt."), "\n"]
            parts += total_lines(view.chosen_totals)
        case Standing.REFUSED:
            parts += ["\n", _("Ce devis a été refusé. L'école peut en faire un nouveau.")]
    return Text(*parts)


def answer_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """What the client can answer now."""
    talk = [answer(view, _("💬 En parler"), "talk")]
    match view.standing:
        case Standing.EXPIRED:
            return key_rows([answer(view, _("🆕 Demander un nouveau devis"), "anew")], talk)
        case Standing.ACCEPTED:
            return key_rows([answer(view, _("📄 Ma copie"), "copy")], talk)
        case Standing.OPEN if view.parts_open:
            marks = {choice: "◉ " if view.parts is choice else "" for choice in PartsChoice}
            return key_rows(
                [answer(view, marks[PartsChoice.REUSED] + _("♻ Pièces d'occasion"), "reused")],
                [answer(view, marks[PartsChoice.NEW] + _("🆕 Pièces neuves"), "new")],
                talk,
            )
        case Standing.OPEN:
            rows = [[answer(view, _("✅ J'accepte tout"), "all")]]
            if len(view.lines) > 1:
                rows.append([answer(view, _("✂ J'accepte une partie"), "some")])
            return key_rows(*rows, [*talk, answer(view, _("✖ Non merci"), "no")])
        case _:
            return key_rows(talk)


def choosing_words(view: QuoteView) -> Text:
    """The lines that are kept, with their new total."""
    return Text(
        Bold(_("Que gardez-vous ?")),
        "\n",
        _("Touchez une ligne pour l'enlever ou la remettre."),
        "\n\n",
        *total_lines(view.chosen_totals),
    )


def choosing_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """A key for each line, ticked or not."""
    rows = [
        [
            (
                f"{'☑' if line.number in view.chosen else '☐'} {line_text(line)}",
                TurnQuoteLine(quote_id=view.quote_id, line_id=line.number).pack(),
            )
        ]
        for line in view.lines
    ]
    amount = formats.money(view.chosen_totals.total)
    return key_rows(
        *rows,
        [answer(view, _("✅ J'accepte : {amount}", amount=amount), "sign")],
        [answer(view, _("⬅ Retour"), "show")],
    )


def signing_words(view: QuoteView, delay: str | None) -> Text:
    """What a yes means, before the name is asked."""
    total = _("Total à payer : {amount}", amount=formats.money(view.chosen_totals.total))
    parts: list[Text | str] = [
        Bold(_("Bon pour accord")),
        f" · {formats.isolate_ltr(view.number or '')}\n",
        Bold(total),
    ]
    if view.partial:
        parts.append(" (" + _("{kept} lignes sur {all}", kept=len(view.chosen), all=len(view.lines)) + ")")
    # What commits stands above what a narrow screen folds away.
    parts += ["\n", _("Votre accord vous engage : le travail sera à payer.")]
    if not view.professional:
        parts += [" ", _("Vous avez 14 jours pour changer d'avis, sauf pour un objet fait sur mesure.")]
    if delay:
        parts += ["\n🕒 ", delay]
    parts += ["\n", Bold(_("Pour signer : touchez votre nom, ou écrivez prénom et nom."))]
    if not view.professional:
        parts += ["\n", Italic(_("Le détail est sur le devis (rétractation, garanties, médiateur)."))]
    return Text(*parts)


def delay_words(delay: Delay | None) -> str | None:
    """How long such work takes here, from the record; said as an indication when the record is short."""
    if delay is None:
        return None
    usual = ngettext("{count} jour", "{count} jours", delay.usual)
    most = ngettext("{count} jour", "{count} jours", delay.most)
    words = _("D'habitude ici : {usual}. Quatre fois sur cinq, {most} au plus.", usual=usual, most=most)
    if delay.few:
        words += " " + _("Il y a encore peu de commandes pour le dire.")
    return words


def signing_keys(view: QuoteView, *, start_now: bool) -> InlineKeyboardMarkup:
    """Sign in the name the school knows; a consumer may ask for the work to begin at once."""
    rows = []
    if not view.professional:
        tick = "☑" if start_now else "☐"
        rows.append([answer(view, f"{tick} " + _("Commencez avant les 14 jours"), "wait" if start_now else "now")])
    sign = "signnow" if start_now else "signed"
    rows.append([answer(view, _("🖊 Bon pour accord : {name}", name=formats.name(view.client)), sign)])
    return key_rows(*rows, [answer(view, _("⬅ Retour"), "show")])


def paper_words(view: QuoteView) -> Text:
    """How a consumer agrees where the school takes signed paper."""
    return Text(
        Bold(heading(view)),
        "\n",
        _("L'accord se fait sur papier : imprimez le devis, signez-le et apportez-le à l'école."),
        "\n",
        _("Pas d'imprimante ? L'école a le papier : venez signer."),
    )


def refusing_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """Why not; nobody has to say."""
    rows = [[(refusal_name(reason), RefuseQuote(quote_id=view.quote_id, reason=reason).pack())] for reason in Refusal]
    return key_rows(*rows, [answer(view, _("⬅ Retour"), "show")])


def agreed_words(view: QuoteView) -> Text:
    """What goes with the copy: who agreed, when, to how much."""
    parts: list[Text | str] = [Bold(_("✅ Merci ! Voici votre copie.")), "\n", heading(view), "\n"]
    parts += total_lines(view.chosen_totals)
    if view.agreed_name and view.answered_at:
        parts += ["\n", _("Bon pour accord : {name}", name=formats.name(view.agreed_name))]
    parts += _when(view)[:2]
    return Text(*parts)


def is_paper_only(view: QuoteView) -> bool:
    """Whether this client agrees on paper only."""
    return not view.professional and view.agreement is Agreement.PAPER
