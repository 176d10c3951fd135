"""The words of an order: its states, steps and lights, its card for the workshop and for the client.

Refuses keys, and any word of why a light is out.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from aiogram.utils.formatting import Bold, Italic, Text

from domain import errors
from domain.orders import Answer, Delay, Light, Made, Regulated, Stuff, Verdict
from domain.school import OrderState
from domain.skills import Skill
from locales import _, formats, ngettext
from services.orders.found import Found
from services.orders.making import OrderLine, OrderView


def order_state(state: OrderState) -> str:
    """Where an order stands, with its picture."""
    match state:
        case OrderState.ACCEPTED:
            return _("📝 Acceptée")
        case OrderState.PREPARED:
            return _("📦 Préparée")
        case OrderState.WORKSHOP:
            return _("🛠 À l'atelier")
        case OrderState.CHECKED:
            return _("🔎 Contrôlée")
        case OrderState.READY:
            return _("✅ Prête")
        case OrderState.DELIVERED:
            return _("🏁 Livrée")


def verdict_name(verdict: Verdict) -> str:
    """What a check found."""
    return _("✅ Conforme") if verdict is Verdict.RIGHT else _("🔁 À reprendre")


def light_name(light: Light) -> str:
    """What a light is called; nothing about the person."""
    match light:
        case Light.EXEMPTION:
            return _("dérogation de l'école")
        case Light.CLEARED:
            return _("avis d'aptitude")
        case Light.TRAINING:
            return _("formation à la sécurité")


def regulated_name(why: Regulated) -> str:
    """Why a work is regulated."""
    match why:
        case Regulated.MACHINE:
            return _("machine dangereuse")
        case Regulated.WELDING:
            return _("soudure")
        case Regulated.LIFT:
            return _("pont élévateur")
        case Regulated.PRESSURE:
            return _("air sous pression")
        case Regulated.HEIGHT:
            return _("travail en hauteur")
        case Regulated.CHEMICALS:
            return _("produits chimiques")


def stuff_name(stuff: Stuff, made: Made) -> str:
    """What is counted, with its picture."""
    words = {
        (Stuff.TYRE, Made.NEW): _("🛞 Pneus neufs"),
        (Stuff.TYRE, Made.REUSED): _("♻ Pneus d'occasion"),
        (Stuff.TYRE, Made.REPAIRED): _("🔧 Pneus réparés"),
        (Stuff.TYRE, Made.RECYCLED): _("🚛 Pneus remis au collecteur"),
        (Stuff.METAL, Made.NEW): _("🔩 Métal neuf"),
        (Stuff.METAL, Made.REUSED): _("♻ Métal de réemploi"),
        (Stuff.METAL, Made.REPAIRED): _("🔧 Métal réparé"),
        (Stuff.METAL, Made.RECYCLED): _("🚛 Chutes de métal recyclées"),
    }
    return words[stuff, made]


def amount_words(stuff: Stuff, amount: int) -> str:
    """So many tyres, or kilograms."""
    if stuff is Stuff.TYRE:
        return str(amount)
    return formats.isolate_ltr(f"{plain_number(Decimal(amount) / 1000)} kg")


def plain_number(number: Decimal) -> str:
    """A number without zeros behind, with a comma: « 12,5 »."""
    return f"{number.normalize():f}".replace(".", ",")


def price_words(price: Decimal) -> str:
    """« 45,00 € », all taxes included."""
    return formats.isolate_ltr(f"{price:.2f} €".replace(".", ","))


def delay_words(delay: Delay | None) -> str:
    """How long such work takes, from the school's own record; empty where there is none."""
    if delay is None:
        return ""
    if delay.usual == delay.most:
        words = ngettext("D'habitude : {count} jour environ.", "D'habitude : {count} jours environ.", delay.most)
    else:
        words = _("D'habitude : entre {first} et {last} jours.", first=delay.usual, last=delay.most)
    if delay.few:
        words += " " + _("C'est une indication : l'école a encore peu de commandes de ce genre.")
    return words


def promise_words(view: OrderView) -> str:
    """What was promised, and how it was kept once that is known."""
    if view.promised_until is None:
        return _("Pas encore de date prévue.")
    last = formats.day_in_full(view.promised_until)
    if view.promised_from is not None and view.promised_from != view.promised_until:
        words = _("Prévu entre : {first}, et : {last}.", first=formats.day_in_full(view.promised_from), last=last)
    else:
        words = _("Date prévue : {day}.", day=last)
    late = view.late_by
    if late is None:
        return words
    if late <= 0:
        return f"{words} {_('Promesse tenue.')}"
    return f"{words} " + ngettext("Prêt {count} jour après.", "Prêt {count} jours après.", late)


def line_words(line: OrderLine) -> str:
    """An order as a key: its state, its number, what it is."""
    sign = "⏳" if line.waiting else order_state(line.state).split(" ", 1)[0]
    check = f" 🔵{line.to_check}" if line.to_check else ""
    return f"{sign} {formats.isolate_ltr(line.reference)} · {formats.name(line.title[:40])}{check}"


def _progress(state: OrderState) -> str:
    states = list(OrderState)
    step = states.index(state) + 1
    return "●" * step + "○" * (len(states) - step)


def order_card(view: OrderView) -> Text:
    """An order for who leads it."""
    parts: list[Text | str] = [Bold(formats.isolate_ltr(view.reference), " · ", formats.name(view.title))]
    if view.client:
        parts += ["\n", _("Client : {client}", client=formats.name(view.client))]
    parts += ["\n", _progress(view.state), " ", order_state(view.state), "\n", promise_words(view)]
    for line in view.lines[:12]:
        unit = f" {line.unit}" if line.unit else ""
        parts += ["\n· ", formats.name(f"{plain_number(line.quantity)}{unit} {line.label}")]
    if view.waiting_id is not None:
        parts += ["\n", Bold(_("⏳ Le client doit d'abord répondre."))]
    if view.tasks:
        parts += ["\n\n", Bold(_("Qui fait quoi"))]
    for task in view.tasks:
        names = formats.listed(
            f"{hand.first_name} {hand_sign(hand.begun, hand.finished, hand.verdict)}".strip() for hand in task.hands
        )
        shield = " 🛡" if task.regulated is not None else ""
        parts += ["\n", f"{task.icon} {formats.name(task.label)}{shield} : {names or '—'}"]
    for stuff, made, amount in view.materials:
        parts += ["\n", f"{stuff_name(stuff, made)} : {amount_words(stuff, amount)}"]
    return Text(*parts)


def hand_sign(begun: bool, finished: bool, verdict: Verdict | None) -> str:
    """Where a student is with a step, as a picture."""
    if verdict is not None:
        return "✅" if verdict is Verdict.RIGHT else "🔁"
    return "🔵" if finished else ("▶" if begun else "")


def client_card(view: OrderView) -> Text:
    """An order for whom it is made: where it stands, nothing about who makes it."""
    parts: list[Text | str] = [
        Bold(formats.isolate_ltr(view.reference), " · ", formats.name(view.title)),
        "\n",
        _progress(view.state),
        " ",
        order_state(view.state),
        "\n",
        promise_words(view),
    ]
    if view.waiting_id is not None:
        parts += ["\n", Bold(_("⏳ Nous attendons votre réponse."))]
    if view.state is OrderState.READY:
        parts += ["\n", _("Vous pouvez venir la chercher.")]
    return Text(*parts)


def found_card(found: Found) -> Text:
    """Work found on the way, for the client."""
    return Text(
        Bold(_("Nous avons vu autre chose")),
        "\n",
        _(
            "Commande {reference} : {title}",
            reference=formats.isolate_ltr(found.reference),
            title=formats.name(found.title),
        ),
        "\n",
        Italic(formats.name(found.words)),
        "\n",
        _("Prix en plus : {price}, taxes comprises.", price=price_words(found.price)),
        "\n",
        _("On le fait aussi ? Nous attendons votre réponse."),
    )


def answer_name(answer: Answer) -> str:
    """What the client says."""
    match answer:
        case Answer.YES:
            return _("✅ Oui")
        case Answer.NO:
            return _("❌ Non")
        case Answer.CALL:
            return _("📞 Appelez-moi")


def skill_words(skills: Sequence[Skill]) -> list[str]:
    """Skills as their list quotes them, in French; what nobody has compared with the official text says so."""
    return [
        formats.isolate_ltr(f"{skill.code} {skill.label}") + (f" ({_('à vérifier')})" if skill.to_verify else "")
        for skill in skills
    ]


def light_date(day: date | None) -> str:
    """A date of a light; a dash while there is none."""
    return "—" if day is None else f"{formats.day_in_full(day)} {day.year}"


def explain_order(error: errors.OrderError) -> str:
    """The words for a rule about orders."""
    match error:
        case errors.OrderMoved():
            return _("C'est déjà fait, ou l'étape n'est plus la même. Regardez la commande.")
        case errors.WorkBlocked(waiting=True):
            return _("Le client doit d'abord répondre. La commande attend.")
        case errors.WorkBlocked():
            return _("Une étape est à reprendre. Elle passe avant.")
        case errors.LightsMissing(missing=missing):
            names = formats.listed(light_name(Light(light)) for light in missing)
            return _("Pas encore pour ce travail. Il manque : {lights}. La direction peut aider.", lights=names)
        case errors.AmountUnclear():
            return _("Je n'ai pas compris le nombre. Exemple : 45 ou 12,50.")
        case _:
            return _("Ce n'est pas possible ici. Le menu montre ce qui marche.")
