"""A quote as its writer and its checker see it: lines, live totals, what is missing, and the keys.

Refuses to hide what is missing until the end: it stands on the card from the first line.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text

from domain.calendar import SchoolCalendar, local_date
from domain.money import Totals
from domain.quote_fields import TYPED, Particular
from domain.quotes import OPEN, Line, QuoteState, Standing
from handlers.broadcast_keys import key_rows
from handlers.quotes.keys import FindPrice, ListQuotes, QuoteDo, QuoteLineDo, QuotePrices, QuoteSet
from handlers.quotes.words import named_particulars, particular_name, refusal_name, state_name
from locales import _, formats, ngettext
from services.quotes.prices import PriceLine
from services.quotes.views import QuoteView

_SHORT = 48
_PAGE = 8
_HOURS = ("0.5", "1", "1.5", "2", "3", "4", "6", "8")
_DISCOUNTS = ("0", "5", "10", "15", "20")


def do(view: QuoteView, words: str, what: str) -> tuple[str, str]:
    """A key that does something with a quote."""
    return words, QuoteDo(quote_id=view.quote_id, what=what).pack()


def line_text(line: Line) -> str:
    """« 4 × Montage · 12,50 € = 50,00 € »."""
    label = line.label if len(line.label) <= _SHORT else f"{line.label[: _SHORT - 1]}…"
    unit = "" if line.unit == "u" else f" {formats.name(line.unit)}"
    return (
        f"{formats.number(line.quantity)}{unit} × {formats.name(label)} · "
        f"{formats.money(line.price)} = {formats.money(line.amount)}"
    )


def total_lines(totals: Totals) -> list[Text | str]:
    """The totals, the last one in bold."""
    parts: list[Text | str] = []
    if totals.discount:
        parts += [_("Remise : {amount}", amount=formats.money(-totals.discount)), "\n"]
    if totals.taxes:
        parts += [_("Total HT : {amount}", amount=formats.money(totals.net)), "\n"]
    for one in totals.taxes:
        rate, amount = formats.number(one.rate), formats.money(one.tax)
        parts += [_("TVA {rate} % : {amount}", rate=rate, amount=amount), "\n"]
    words = _("Total à payer : {amount}", amount=formats.money(totals.total))
    return [*parts, Bold(words)]


def card_words(view: QuoteView) -> Text:
    """The whole quote, for the people of the school."""
    kind = _("professionnel") if view.professional else _("particulier")
    number = formats.isolate_ltr(view.number or view.reference)
    title = _("📄 Devis {number}, version {version}", number=number, version=view.version)
    parts: list[Text | str] = [
        Bold(title),
        f"\n👤 {formats.name(view.client)} ({kind}) · {formats.name(view.section)}\n",
    ]
    parts.append(state_name(view.state))
    if view.prepared_by:
        parts.append(" · " + _("préparé par {name}", name=formats.name(view.prepared_by)))
    if view.validated_by:
        parts.append(" · " + _("vérifié par {name}", name=formats.name(view.validated_by)))
    # First, for a long quote is folded away on a narrow screen.
    parts += ["\n", Bold(_("Total à payer : {amount}", amount=formats.money(view.totals.total)))]
    if view.returned_why:
        parts += ["\n\n", Bold(_("À reprendre :")), " ", formats.name(view.returned_why)]
    parts.append("\n")
    parts += [f"\n{place}. {line_text(line)}" for place, line in enumerate(view.lines, 1)]
    if not view.lines:
        parts += ["\n", _("Pas encore de ligne.")]
    if before := total_lines(view.totals)[:-1]:
        parts += ["\n\n", *before[:-1]]
    if view.ready_on is not None:
        parts += ["\n📅 ", _("Prêt le {day}", day=formats.day_in_full(view.ready_on))]
    parts += _ending(view)
    return Text(*parts)


def _ending(view: QuoteView) -> list[Text | str]:
    if view.state in OPEN:
        parts: list[Text | str] = []
        if view.missing:
            parts += ["\n", Bold(_("Il manque : {named}", named=named_particulars(view.missing)))]
        if view.families and view.parts is None:
            families = formats.listed(view.families)
            parts += ["\n♻ ", _("Le client choisira : pièces neuves ou d'occasion ({families}).", families=families)]
        return [*parts, "\n\n", Italic(_("Une ligne se tape ici. Exemple : 4 x montage 12,50"))]
    parts = []
    if view.valid_until is not None:
        parts += ["\n", _("Valable jusqu'au {day}", day=formats.day_in_full(view.valid_until))]
    if view.state is QuoteState.ACCEPTED:
        count = len(view.chosen)
        parts += ["\n\n", Bold(ngettext("✅ {count} ligne acceptée", "✅ {count} lignes acceptées", count))]
        parts.append(" · " + formats.money(view.chosen_totals.total))
    if view.state is QuoteState.REFUSED and view.refusal is not None:
        parts += ["\n\n", refusal_name(view.refusal)]
        parts += [f" : {formats.name(view.refusal_words)}"] if view.refusal_words else []
    return parts


def card_keys(view: QuoteView, *, adult: bool) -> InlineKeyboardMarkup:
    """Everything this person can do with the quote as it stands."""
    if view.state not in OPEN:
        return _sent_keys(view, adult=adult)
    if view.state is QuoteState.PROPOSED and not adult:
        return key_rows([do(view, _("👀 Voir le PDF"), "preview")], [(_("📄 Les devis"), ListQuotes().pack())])
    last = []
    if not adult:
        last.append([do(view, _("📤 Envoyer au formateur"), "propose")])
    else:
        last.append([do(view, _("✅ Valider et envoyer"), "send")])
        if view.by_student:
            last.append([do(view, _("↩ À reprendre"), "return")])
    return key_rows(
        [(_("➕ Tarif de l'école"), QuotePrices(quote_id=view.quote_id, page=0).pack())],
        [do(view, _("⏱ Main-d'œuvre"), "labour"), do(view, _("🚗 Déplacement"), "travel")],
        [do(view, _("🏷 Remise"), "discount"), do(view, _("📅 Date prévue"), "day")],
        [
            *([do(view, _("✏ Changer une ligne"), "lines")] if view.lines else []),
            do(view, _("📋 Compléter"), "say"),
        ],
        [do(view, _("👀 Voir le PDF"), "preview"), do(view, _("🗑 Abandonner"), "drop")],
        *last,
    )


def _sent_keys(view: QuoteView, *, adult: bool) -> InlineKeyboardMarkup:
    rows = [[do(view, _("📄 Le PDF"), "pdf")]] if view.file_key else []
    if view.agreed_key:
        rows.append([do(view, _("✅ La copie acceptée"), "copy")])
    if adult and view.standing is Standing.OPEN:
        rows.append([do(view, _("🖊 Accord signé sur papier"), "paper")])
    if view.state is not QuoteState.ACCEPTED:
        rows.append([do(view, _("🆕 Nouvelle version"), "anew")])
    return key_rows(*rows, [(_("📄 Les devis"), ListQuotes().pack())])


def price_keys(view: QuoteView, prices: Sequence[PriceLine], page: int) -> InlineKeyboardMarkup:
    """A page of the price list; each key adds one."""
    last = max(0, (len(prices) - 1) // _PAGE)
    page = min(max(page, 0), last)
    rows = [
        [
            (
                f"{one.label[:_SHORT]} · {formats.money(one.price)}",
                QuotePrices(quote_id=view.quote_id, page=page, price_id=one.price_id).pack(),
            )
        ]
        for one in prices[page * _PAGE : (page + 1) * _PAGE]
    ]
    around = []
    if page:
        around.append(("⬅", QuotePrices(quote_id=view.quote_id, page=page - 1).pack()))
    if page < last:
        around.append(("➡", QuotePrices(quote_id=view.quote_id, page=page + 1).pack()))
    search = (_("🔎 Chercher"), FindPrice(quote_id=view.quote_id).pack())
    return key_rows(*rows, around, [search, do(view, _("⬅ Retour"), "card")])


def lines_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """A key for each line."""
    rows = [
        [(f"{place}. {line_text(line)}", QuoteLineDo(quote_id=view.quote_id, place=place, what="show").pack())]
        for place, line in enumerate(view.lines, 1)
    ]
    return key_rows(*rows, [do(view, _("⬅ Retour"), "card")])


def line_keys(view: QuoteView, place: int, rates: Sequence[Decimal]) -> InlineKeyboardMarkup:
    """What can be changed of one line."""
    line = view.lines[place - 1]

    def key(words: str, what: str) -> tuple[str, str]:
        return words, QuoteLineDo(quote_id=view.quote_id, place=place, what=what).pack()

    counts = [key(words, words) for words in ("1", "2", "4", "10")]
    vat = [
        key(f"{'◉' if rate == line.rate else '○'} " + _("TVA {rate} %", rate=formats.number(rate)), f"r{rate}")
        for rate in rates
    ]
    return key_rows(
        [key("➖", "less"), key("➕", "more")],
        counts,
        vat if len(rates) > 1 else [],
        [key(_("🗑 Retirer la ligne"), "out")],
        [do(view, _("⬅ Retour"), "lines")],
    )


def set_key(view: QuoteView, words: str, what: str, value: str) -> tuple[str, str]:
    """A key that sets a value."""
    return words, QuoteSet(quote_id=view.quote_id, what=what, value=value).pack()


def labour_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """Hours to add."""
    hours = [set_key(view, f"{formats.number(Decimal(value))} h", "hours", value) for value in _HOURS]
    return key_rows(hours[:4], hours[4:], [do(view, _("⬅ Retour"), "card")])


def discount_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """Per cent off the whole."""
    steps = [set_key(view, f"{value} %", "discount", value) for value in _DISCOUNTS]
    return key_rows(steps, [do(view, _("⬅ Retour"), "card")])


def day_keys(view: QuoteView, days: Sequence[date]) -> InlineKeyboardMarkup:
    """Days the work can be promised for."""
    rows = [[set_key(view, formats.day_in_full(day), "day", day.isoformat())] for day in days]
    return key_rows(*rows, [do(view, _("⬅ Retour"), "card")])


def promised_days(view: QuoteView, calendar: SchoolCalendar, now: datetime) -> list[date]:
    """The day the client wants, if it can be, and some school days to come."""
    today = local_date(now)
    wanted = [view.wanted_on] if view.wanted_on is not None and view.wanted_on > today else []
    found = []
    for ahead in (1, 2, 3, 5, 7, 10, 14, 21, 28, 42):
        day = today + timedelta(days=ahead)
        while calendar.is_off(day):
            day += timedelta(days=1)
        found.append(day)
    return list(dict.fromkeys([*wanted, *found]))[:10]


def say_keys(view: QuoteView) -> InlineKeyboardMarkup:
    """What the quote says of the client, the place and the work: what is missing first."""
    shown = [
        one
        for one in TYPED
        if (one is not Particular.SIREN or view.professional)
        and (one not in (Particular.PLATE, Particular.MAKE, Particular.MILEAGE) or view.vehicle)
    ]
    rows = []
    for one in sorted(shown, key=lambda one: one not in view.missing):
        mark = "❗" if one in view.missing else "✔" if view.said.get(one) else "·"
        words = f"{mark} {particular_name(one)}"
        if view.said.get(one):
            words += f" : {view.said.get(one)[:24]}"
        rows.append([set_key(view, words, "say", one.value)])
    if view.vehicle:
        rows.append([set_key(view, _("🛞 Sans véhicule : roues apportées"), "loose", "1")])
    return key_rows(*rows, [do(view, _("⬅ Retour"), "card")])
