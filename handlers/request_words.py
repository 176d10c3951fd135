"""The words of a request: its works, states and reasons, and its card for clients and for the school.

Refuses keys: what can be done with a request is laid out by who shows it.
"""

from aiogram.utils.formatting import Bold, Italic, Text

from domain import errors
from domain.calendar import local
from domain.requests import DeclineReason, Details, Finish, HoldReason, RequestState
from domain.work import FREE, OWN
from locales import _, formats, ngettext
from services.requests.contacts import phone_shown, siret_shown
from services.requests.reading import RequestCard, RequestLine


def work_name(code: str, details: Details) -> str:
    """What is to be done, with its picture; the school's own words where it has its own list."""
    if code == OWN:
        return f"🔧 {details.work or ''}"
    return {
        "new_tyres": _("🛞 Pneus neufs"),
        "used_tyres": _("♻ Pneus d'occasion"),
        "puncture": _("📌 Pneu crevé ou abîmé"),
        "seasonal": _("❄ Pneus été, pneus hiver"),
        "service": _("🛢 Entretien, vidange"),
        "brakes": _("🛑 Freins"),
        "exhaust": _("💨 Échappement"),
        "other_vehicle": _("🚗 Autre travail sur un véhicule"),
        "gate": _("🚪 Portail, portillon"),
        "railing": _("🚧 Garde-corps, rampe"),
        "stairs": _("🪜 Escalier"),
        "grille": _("🔲 Grille, barrière"),
        "furniture": _("🪑 Meuble, décoration"),
        "parts": _("📐 Pièces sur plan"),
        "metal_repair": _("🔥 Réparation, soudure"),
        "other_metal": _("🔩 Autre travail du métal"),
        FREE: _("🔧 Autre travail"),
    }.get(code, code)


def finish_name(finish: Finish) -> str:
    """How the surface is to be, in words."""
    match finish:
        case Finish.RAW:
            return _("Métal brut")
        case Finish.PRIMER:
            return _("Antirouille")
        case Finish.PAINT:
            return _("Peinture")
        case Finish.POWDER:
            return _("Thermolaquage")
        case Finish.GALVANISED:
            return _("Galvanisé")


def state_name(state: RequestState) -> str:
    """Where it stands, with its picture."""
    match state:
        case RequestState.HELD:
            return _("🕒 L'école regarde d'abord")
        case RequestState.SENT:
            return _("📨 Envoyée")
        case RequestState.TAKEN:
            return _("🙋 Prise en charge")
        case RequestState.VISIT:
            return _("📏 Une visite est nécessaire")
        case RequestState.QUOTED:
            return _("📄 Devis envoyé")
        case RequestState.ACCEPTED:
            return _("✅ Devis accepté")
        case RequestState.DECLINED:
            return _("✖ L'école ne peut pas la faire")
        case RequestState.WITHDRAWN:
            return _("↩ Retirée")


def reason_name(reason: DeclineReason) -> str:
    """Why not, as the trainer chooses it."""
    match reason:
        case DeclineReason.BUSY:
            return _("Trop de travail en ce moment")
        case DeclineReason.NOT_TAUGHT:
            return _("Pas notre métier")
        case DeclineReason.TOO_BIG:
            return _("Trop grand pour l'atelier")
        case DeclineReason.NO_MACHINE:
            return _("Pas la bonne machine")
        case DeclineReason.TOO_FAR:
            return _("Trop loin")
        case DeclineReason.TOO_SOON:
            return _("Date trop proche")
        case DeclineReason.SAFETY:
            return _("Pas avec des élèves : sécurité")


def reason_words(reason: str | None) -> str:
    """Why not, as the client reads it."""
    match reason:
        case DeclineReason.BUSY:
            return _("L'atelier a déjà beaucoup de travail en ce moment. Une autre fois, avec plaisir.")
        case DeclineReason.NOT_TAUGHT:
            return _("Ce travail n'est pas un métier que nos élèves apprennent.")
        case DeclineReason.TOO_BIG:
            return _("Cette pièce est trop grande pour notre atelier.")
        case DeclineReason.NO_MACHINE:
            return _("Nous n'avons pas la machine qu'il faut.")
        case DeclineReason.TOO_FAR:
            return _("C'est trop loin pour nos élèves.")
        case DeclineReason.TOO_SOON:
            return _("La date est trop proche : nos élèves ont besoin de temps pour bien faire.")
        case DeclineReason.SAFETY:
            return _("La loi ne permet pas à des élèves de faire ce travail.")
        case _:
            return _("Pour en parler, appelez l'école.")


def hold_words(reason: str | None) -> str:
    """Why the direction looks first."""
    match reason:
        case HoldReason.MANY_FROM_ONE:
            return _("Plusieurs demandes de la même personne aujourd'hui.")
        case HoldReason.MANY_AT_ONCE:
            return _("Beaucoup de demandes en une heure.")
        case _:
            return _("Il y a un lien dans le texte.")


def millimetres(lengths: tuple[int, ...]) -> str:
    """« 2500 × 1200 mm »."""
    return formats.isolate_ltr(" × ".join(str(length) for length in lengths) + " mm")


def detail_lines(details: Details) -> list[str]:
    """What was answered about the work, one line each, in the order in which it was asked."""
    ltr = formats.isolate_ltr
    found = [
        details.tyre and _("Taille du pneu : {size}", size=ltr(str(details.tyre))),
        details.count and _("Combien : {count}", count=details.count),
        details.dimensions and _("Dimensions : {size}", size=millimetres(details.dimensions)),
        details.finish and _("Finition : {finish}", finish=finish_name(details.finish)),
        details.plate and _("Plaque : {plate}", plate=ltr(details.plate)),
        details.mileage is not None and _("Kilométrage : {count}", count=ltr(f"{details.mileage} km")),
        details.fitting is True and _("À poser sur place"),
        details.fitting is False and _("À venir chercher à l'école"),
        details.place and _("Lieu : {place}", place=formats.name(details.place)),
        details.call and _("📞 À rappeler pour le reste"),
    ]
    return [line for line in found if line]


def client_lines(card: RequestCard) -> list[str]:
    """Whom it is for, and how to reach them."""
    client = card.client
    kind = _("professionnel") if client.professional else _("particulier")
    lines = [f"👤 {formats.name(client.name)} ({kind})"]
    lines += [f"📞 {formats.isolate_ltr(phone_shown(client.phone))}"] if client.phone else []
    lines += [f"✉ {formats.isolate_ltr(client.email)}"] if client.email else []
    lines += [f"SIRET {formats.isolate_ltr(siret_shown(client.siret))}"] if client.siret else []
    return lines


def request_words(card: RequestCard, *, inside: bool) -> Text:
    """The card. `inside`: for the school, with the client; else for the client, with what happens next."""
    parts: list[Text | str] = [
        Bold(_("Demande {reference}", reference=formats.isolate_ltr(card.reference))),
        f" · {formats.name(card.section)}\n{work_name(card.kind, card.details)}",
    ]
    parts += [f"\n{line}" for line in detail_lines(card.details)]
    if card.details.words:
        parts += ["\n", Italic(formats.name(card.details.words))]
    if card.wanted_on is not None:
        parts.append("\n" + _("Pour le {day}", day=formats.day_in_full(card.wanted_on)))
    if card.files:
        parts.append("\n📎 " + ngettext("{count} photo ou plan", "{count} photos ou plans", len(card.files)))
    if inside:
        parts += ["\n", *(f"\n{line}" for line in client_lines(card))]
    parts += ["\n\n", state_name(card.state)]
    if card.taken_by is not None and card.state is not RequestState.WITHDRAWN:
        parts.append(" · " + formats.name(card.taken_by))
    if card.state is RequestState.HELD and inside:
        parts.append("\n" + hold_words(card.reason))
    if card.state is RequestState.DECLINED:
        parts.append("\n" + reason_words(card.reason))
    if card.messages:
        parts.append("\n")
        parts += [_message_line(said.from_client, said.author, said.text) for said in card.messages[-4:]]
    return Text(*parts)


def _message_line(from_client: bool, author: str, text: str) -> str:
    shown = text if len(text) <= 200 else f"{text[:199]}…"
    return f"\n{'👤' if from_client else '🏫'} {formats.name(author)} : {formats.name(shown)}"


def line_words(line: RequestLine) -> str:
    """A request as a key of a list: its picture, what it is, whose."""
    return f"{state_name(line.state).split(' ')[0]} {line.reference} · {work_name(line.kind, line.details)}"


def explain_request(error: errors.RequestError) -> str:
    """The words for a rule of requests."""
    match error:
        case errors.TooManyRequests(again=again):
            return _(
                "Vous avez déjà envoyé beaucoup de demandes. La suite : {day} à {hour}. Ou appelez l'école.",
                day=formats.day_in_full(local(again).date()),
                hour=formats.hour(local(again).time()),
            )
        case errors.RequestTakenAlready(by=name):
            return _("C'est déjà pris par {name}. Merci !", name=formats.name(name))
        case errors.PlanNotTaken():
            return _("Ce fichier n'est ni une photo, ni un PDF, ni un plan DXF. Une photo du plan va bien aussi.")
        case errors.TooManyFiles(limit=limit):
            return _("C'est assez de photos et de plans pour l'instant : {limit} au plus.", limit=limit)
        case _:
            return _("Cette demande a avancé entre-temps. Le message montre où elle en est.")
