"""The words of notices about requests for work: to trainers, to the client, and the direction's quiet digests.

Refuses to repeat what is not so any more: a request somebody took meanwhile is not offered again.
"""

from datetime import datetime

from aiogram.utils.formatting import Bold, Text

from domain.notices import Notice
from domain.people import PersonId
from domain.request_notices import (
    RequestAdded,
    RequestAnswered,
    RequestArrived,
    RequestAsked,
    RequestMoved,
    RequestPiece,
    RequestsHeld,
    RequestsWaiting,
    RequestWithdrawn,
)
from domain.requests import RequestState
from handlers.notices.outgoing import File, Outgoing, Render, one_key
from handlers.request_keys import DoMyRequest, DoRequest, ListRequests, ShowRequest, inside_keys, own_keys
from handlers.request_words import request_words, work_name
from locales import _, formats, ngettext
from services import UnitOfWork
from services.requests import news, reading
from services.requests.reading import Enclosed, RequestCard


def file_of(uow: UnitOfWork, enclosed: Enclosed) -> File:
    """A photo or a plan, read only when it has to be uploaded."""

    async def read() -> bytes:
        return await reading.file_bytes(uow, enclosed)

    return File(enclosed.kind, enclosed.file_key, enclosed.name, read)


async def arrived(notice: RequestArrived, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    card = await news.arrived(uow, notice.request_id)
    if card is None:
        return None
    title = Bold(_("📥 Une demande est arrivée"))
    return Outgoing(Text(title, "\n", request_words(card, inside=True)), inside_keys(card))


async def piece(notice: RequestPiece, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    found = await news.piece(uow, notice.request_id, notice.file_id)
    if found is None:
        return None
    card, enclosed = found
    return Outgoing(Text(_title(card)), file=file_of(uow, enclosed))


async def added(notice: RequestAdded, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    found = await news.piece(uow, notice.request_id, notice.file_id)
    if found is None:
        return None
    card, enclosed = found
    words = _("{title} : une photo ou un plan de plus.", title=_title(card))
    key = one_key(_("👀 Voir la demande"), ShowRequest(request_id=card.request_id).pack())
    return Outgoing(Text(words), key, file=file_of(uow, enclosed))


async def moved(notice: RequestMoved, reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    card = await news.moved(uow, notice.request_id, reader)
    if card is None:
        return None
    name = formats.name(card.taken_by or "")
    match card.state:
        case RequestState.VISIT:
            words = _("{name} doit voir sur place avant le devis. L'école vous appelle pour le rendez-vous.", name=name)
        case RequestState.DECLINED:
            words = _("L'école a bien lu votre demande. Elle ne peut pas la faire.")
        case _:
            words = _("{name} s'occupe de votre demande. Le devis arrive ici.", name=name)
    return Outgoing(Text(Bold(words), "\n\n", request_words(card, inside=False)), own_keys(card))


async def asked(notice: RequestAsked, reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    word = await news.word(uow, notice.message_id)
    if word is None or word.card.client.person_id != reader:
        return None
    title = Bold(_("❓ {name} a une question", name=formats.name(word.author)))
    key = one_key(_("✍ Répondre"), DoMyRequest(request_id=word.card.request_id, what="write").pack())
    return Outgoing(Text(title, f"\n{_title(word.card)}\n\n{formats.name(word.text)}"), key)


async def answered(notice: RequestAnswered, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    word = await news.word(uow, notice.message_id)
    if word is None:
        return None
    title = Bold(_("💬 {name} vous écrit", name=formats.name(word.card.client.name)))
    key = one_key(_("✍ Répondre"), DoRequest(request_id=word.card.request_id, what="ask").pack())
    return Outgoing(Text(title, f"\n{_title(word.card)}\n\n{formats.name(word.text)}"), key)


async def withdrawn(notice: RequestWithdrawn, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    card = await news.withdrawn(uow, notice.request_id)
    if card is None:
        return None
    return Outgoing(Text(_("{title} : le client a retiré sa demande.", title=_title(card))))


async def waiting(_notice: RequestsWaiting, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    count, _since = await news.waiting_too_long(uow)
    if not count:
        return None
    words = ngettext(
        "📥 {count} demande attend une réponse. Aucun formateur ne l'a prise.",
        "📥 {count} demandes attendent une réponse. Aucun formateur ne les a prises.",
        count,
    )
    return Outgoing(Text(words), one_key(_("📥 Toutes les demandes"), ListRequests().pack()))


async def held(_notice: RequestsHeld, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    count = await news.held(uow)
    if not count:
        return None
    words = ngettext(
        "🕒 {count} demande est à regarder avant de la donner aux formateurs.",
        "🕒 {count} demandes sont à regarder avant de les donner aux formateurs.",
        count,
    )
    return Outgoing(Text(words), one_key(_("📥 Toutes les demandes"), ListRequests().pack()))


def _title(card: RequestCard) -> str:
    return f"{formats.isolate_ltr(card.reference)} · {work_name(card.kind, card.details)}"


RENDERERS: dict[type[Notice], Render] = {
    RequestArrived: arrived,
    RequestPiece: piece,
    RequestAdded: added,
    RequestMoved: moved,
    RequestAsked: asked,
    RequestAnswered: answered,
    RequestWithdrawn: withdrawn,
    RequestsWaiting: waiting,
    RequestsHeld: held,
}
