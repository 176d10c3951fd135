"""The keys of requests for work: versioned, with ids only, authorised anew at each press.

Refuses names and texts, as every key here does.
"""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from domain.requests import Act, DeclineReason, RequestState, may
from handlers.notices.outgoing import key_rows
from handlers.quotes.keys import WriteQuote
from locales import _
from services.requests.reading import RequestCard


class AskForWork(CallbackData, prefix="rq1"):
    """Begin a request, or go on with the one that was begun."""

    anew: bool = False


class AnswerStep(CallbackData, prefix="rqa1"):
    """An answer to a question of the form. `step` is the question it belongs to; `value` a code or a number."""

    step: str
    value: str


class ListMyRequests(CallbackData, prefix="rql1"):
    """The client's own requests."""


class ShowMyRequest(CallbackData, prefix="rqm1"):
    request_id: int


class DoMyRequest(CallbackData, prefix="rqd1"):
    """What the client does with a request: write, photo, withdraw, sure."""

    request_id: int
    what: str


class ListRequests(CallbackData, prefix="rqi1"):
    """The requests the school has to treat."""


class ShowRequest(CallbackData, prefix="rqs1"):
    request_id: int


class DoRequest(CallbackData, prefix="rqt1"):
    """What the school does with a request: take, ask, visit, no, approve, refuse, files, back."""

    request_id: int
    what: str


class DeclineRequest(CallbackData, prefix="rqn1"):
    request_id: int
    reason: DeclineReason


def inside_keys(card: RequestCard) -> InlineKeyboardMarkup:
    """What the school can do with a request as it stands."""
    state, key = card.state, card.request_id

    def do(words: str, what: str) -> tuple[str, str]:
        return words, DoRequest(request_id=key, what=what).pack()

    rows: list[list[tuple[str, str]]] = []
    if state is RequestState.HELD:
        rows.append([do(_("✅ C'est une vraie demande"), "approve")])
        rows.append([do(_("🗑 Ce n'en est pas une"), "refuse")])
    if may(Act.TAKE, state):
        rows.append([do(_("🙋 Je la prends"), "take")])
    if may(Act.ASK, state):
        rows.append([do(_("❓ Poser une question"), "ask")])
    second = [do(_("📏 Visite nécessaire"), "visit")] if may(Act.VISIT, state) else []
    second += [do(_("✖ Pas pour nous"), "no")] if may(Act.DECLINE, state) else []
    rows += [second] if second else []
    if state in (RequestState.TAKEN, RequestState.VISIT, RequestState.QUOTED):
        rows.append([(_("📄 Le devis"), WriteQuote(request_id=key).pack())])
    if card.files:
        rows.append([do(_("📎 Voir les photos et les plans"), "files")])
    rows.append([(_("📥 Toutes les demandes"), ListRequests().pack())])
    return key_rows(*rows)


def own_keys(card: RequestCard) -> InlineKeyboardMarkup:
    """What a client can do with a request as it stands."""
    state, key = card.state, card.request_id

    def do(words: str, what: str) -> tuple[str, str]:
        return words, DoMyRequest(request_id=key, what=what).pack()

    rows: list[list[tuple[str, str]]] = []
    if may(Act.ADD, state):
        rows.append([do(_("✍ Écrire à l'école"), "write"), do(_("📷 Ajouter une photo"), "photo")])
    if may(Act.WITHDRAW, state):
        rows.append([do(_("↩ Retirer ma demande"), "withdraw")])
    rows.append([(_("📋 Mes demandes"), ListMyRequests().pack())])
    return key_rows(*rows)
