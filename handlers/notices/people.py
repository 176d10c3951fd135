"""The words of notices about people: somebody joined, somebody wants to talk, somebody is coming.

Refuses to say what a talk is about: nobody wrote it down.
"""

from datetime import datetime

from aiogram.utils.formatting import Text

from domain.notices import CannotReach, InvitationRedeemed, Notice, TalkTaken, TalkWanted
from domain.people import PersonId
from handlers.buttons import ListUnreachable, TakeTalk
from handlers.notices.outgoing import Outgoing, Render, one_key
from locales import _, formats
from services import UnitOfWork, people, reachability, talks


async def invitation_redeemed(
    notice: InvitationRedeemed, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    name = await people.first_name_of(uow, notice.person_id)
    if name is None:
        return None
    return Outgoing(Text(_("{name} a ouvert son lien : la conversation est reliée.", name=formats.name(name))))


async def talk_wanted(notice: TalkWanted, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    talk = await talks.talk_of(uow, notice.request_id)
    if talk is None or talk.taken_by is not None:
        return None
    words = _("🆘 {name} voudrait parler avec un adulte de l'école.", name=formats.name(talk.student))
    return Outgoing(Text(words), one_key(_("Je m'en occupe"), TakeTalk(request_id=notice.request_id).pack()))


async def talk_taken(notice: TalkTaken, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    talk = await talks.talk_of(uow, notice.request_id)
    if talk is None or talk.taken_by is None:
        return None
    name = formats.name(talk.taken_by)
    return Outgoing(Text(_("{name} a vu ta demande et va venir te parler.", name=name)))


async def cannot_reach(notice: CannotReach, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    name = await people.first_name_of(uow, notice.person_id)
    if name is None:
        return None
    words = _("📵 Un message important n'a pas pu être remis à {name}.", name=formats.name(name))
    if await reachability.is_reachable(uow, notice.person_id):
        return Outgoing(Text(words))
    advice = _("Aucun moyen de joindre cette personne n'est ouvert. Appelez-la, ou donnez-lui un nouveau lien.")
    return Outgoing(Text(words, "\n", advice), one_key(_("📵 Qui est injoignable ?"), ListUnreachable().pack()))


RENDERERS: dict[type[Notice], Render] = {
    InvitationRedeemed: invitation_redeemed,
    TalkWanted: talk_wanted,
    TalkTaken: talk_taken,
    CannotReach: cannot_reach,
}
