"""The words of an absence: to a guardian, to the trainers, to whoever has to call.

Refuses motives, histories and surnames towards families: who, when, which half of the day, and how to answer.
"""

from datetime import datetime

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Text

from domain.absences import Announced, Answer, Ended
from domain.calendar import local
from domain.escalation import Why
from domain.notices import (
    AbsenceAnnounced,
    AbsenceAnswered,
    AbsenceCorrected,
    AbsenceCorrectedElsewhere,
    AbsenceTold,
    AbsenceToldElsewhere,
    AnnouncedByStudent,
    CallWanted,
    Notice,
)
from domain.people import PersonId
from domain.roll_notices import RollDoubted, RollProposed, RollRedrawn, RollUnfinished, StillExpected
from domain.rollcall import RollState
from handlers.absence_words import answer_name, said_when, when
from handlers.buttons import AnswerAbsence, KnowAnnouncement, MoreReasons
from handlers.notices.outgoing import Outgoing, Render, key_rows, one_key
from handlers.roll_buttons import Called, CheckRoll, ListCalls, OpenRoll, ShowRoll, StillAway
from handlers.roll_card import doubt_words, roll_keys, roll_words
from locales import _, formats, ngettext
from services import UnitOfWork, absences, announcements, calls, roll_cards, roll_proposals, roll_questions, rollcall
from services.absences import Told

_FIRST = (
    (Answer.SEEN,),
    (Answer.ILL, Answer.TRANSPORT),
    (Answer.APPOINTMENT, Answer.DID_NOT_KNOW),
    (Answer.CALL_ME,),
)
_MORE = ((Answer.CONTAGION_AT_HOME,), (Answer.FAMILY_GATHERING,), (Answer.GUARDIANS_AWAY,), (Answer.OTHER,))


def answer_keys(telling_id: int, *, more: bool = False) -> InlineKeyboardMarkup:
    """The answers of a guardian: the frequent ones, or (`more`) the other motives of the law."""
    rows = [
        [(answer_name(answer), AnswerAbsence(telling_id=telling_id, answer=answer).pack()) for answer in row]
        for row in (_MORE if more else _FIRST)
    ]
    words = _("↩ Retour") if more else _("➕ Une autre raison")
    rows.append([(words, MoreReasons(telling_id=telling_id, more=not more).pack())])
    return key_rows(*rows)


def told_words(told: Told) -> Text:
    """What the notice of an absence says, wherever it is read."""
    if told.own:
        words = _("Nous n'avons pas noté ta présence à l'école : {when}.", when=when(told.day, told.half))
        return Text(Bold(words), "\n", _("Tout va bien ? Un appui suffit pour répondre."))
    name = formats.name(told.first_name)
    words = _("Bonjour. {name} n'était pas à l'école : {when}.", name=name, when=when(told.day, told.half))
    return Text(Bold(words), "\n", _("Tout va bien ? Un appui suffit pour nous répondre."))


async def absence_told(notice: AbsenceTold, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    told = await absences.told(uow, notice.telling_id, reader, now)
    return None if told is None else Outgoing(told_words(told), answer_keys(notice.telling_id))


async def absence_told_elsewhere(
    notice: AbsenceToldElsewhere, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    told = await absences.told(uow, notice.telling_id, reader, now)
    if told is None:
        return None
    at = when(told.day, told.half)
    if told.own:
        words = _("Nous n'avons pas noté ta présence à l'école : {when}.", when=at)
        return Outgoing(Text(words, " ", _("Appelle l'école, s'il te plaît.")))
    words = _("Bonjour. {name} n'était pas à l'école : {when}.", name=formats.name(told.first_name), when=at)
    return Outgoing(Text(words, " ", _("Tout va bien ? Appelez l'école pour nous dire la raison.")))


async def absence_corrected(
    notice: AbsenceCorrected, reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    told = await absences.corrected(uow, notice.telling_id, reader)
    if told is None:
        return None
    name, at = formats.name(told.first_name), when(told.day, told.half)
    if told.ended is Ended.CAME_LATE:
        if told.own:
            return Outgoing(Text(_("Ta présence est notée : {when}. Tout est en ordre.", when=at)), edits=told.edits)
        words = _("{name} est maintenant à l'école : {when}. Vous n'avez rien à faire.", name=name, when=at)
        return Outgoing(Text(words), edits=told.edits)
    if told.own:
        words = _("Nous nous sommes trompés. Ta présence est bien notée : {when}. Pardon !", when=at)
        return Outgoing(Text(words), edits=told.edits)
    words = _("Nous nous sommes trompés. {name} était bien à l'école : {when}.", name=name, when=at)
    rest = _("C'est corrigé. Vous n'avez rien à faire. Nous vous demandons pardon.")
    return Outgoing(Text(words, " ", rest), edits=told.edits)


async def absence_answered(
    notice: AbsenceAnswered, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    found = await absences.absence_view(uow, notice.absence_id)
    roll_id = await absences.roll_of_absence(uow, notice.absence_id)
    roll = await rollcall.roll_of(uow, roll_id) if roll_id is not None else None
    if found is None or roll is None or found.answer is None:
        return None
    card = await roll_cards.card_of(uow, roll.roll_id, reader)
    if card is not None:
        return Outgoing(roll_words(roll, now), roll_keys(roll), edits=(card.door_id, card.message_id))
    name, at = formats.name(found.first_name), when(found.day, found.half)
    words = _("La famille de {name} a répondu : {when}.", name=name, when=at)
    return Outgoing(Text(words), one_key(_("✋ Voir l'appel"), ShowRoll(roll_id=roll.roll_id).pack()))


async def roll_proposed(notice: RollProposed, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    found = await roll_proposals.proposal_of(uow, notice.session_id)
    if found is None:
        return None
    title = f"✋ {formats.name(found.group)} · {formats.name(found.title)} · {formats.hour(found.starts)}"
    words = Text(Bold(title), "\n", _("C'est l'heure de l'appel. Tout le monde est présent, sauf les prénoms touchés."))
    return Outgoing(words, one_key(_("✋ Faire l'appel"), OpenRoll(session_id=notice.session_id).pack()))


async def roll_redrawn(notice: RollRedrawn, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    roll, card = await rollcall.roll_of(uow, notice.roll_id), await roll_cards.card_of(uow, notice.roll_id, reader)
    if roll is None or card is None:
        return None
    return Outgoing(roll_words(roll, now), roll_keys(roll), edits=(card.door_id, card.message_id), in_place=True)


async def roll_unfinished(
    notice: RollUnfinished, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    roll = await rollcall.roll_of(uow, notice.roll_id)
    if roll is None or roll.state is not RollState.OPEN or not roll.away:
        return None
    title = f"✋ {formats.name(roll.group)} · {formats.name(roll.title)} · {when(roll.day, roll.half)}"
    words = ngettext(
        "{count} absence est notée, et l'appel n'est pas confirmé. La famille n'est pas prévenue.",
        "{count} absences sont notées, et l'appel n'est pas confirmé. Les familles ne sont pas prévenues.",
        roll.away,
    )
    keys = one_key(_("✋ Voir l'appel"), ShowRoll(roll_id=roll.roll_id).pack())
    return Outgoing(Text(Bold(title), "\n", words), keys)


async def roll_doubted(notice: RollDoubted, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    roll = await rollcall.roll_of(uow, notice.roll_id)
    if roll is None or roll.state is not RollState.DOUBTED:
        return None
    title = f"✋ {formats.name(roll.group)} · {formats.name(roll.title)} · {when(roll.day, roll.half)}"
    keys = key_rows(
        [(_("✅ Oui, c'est bien ça"), CheckRoll(roll_id=roll.roll_id, away=roll.away).pack())],
        [(_("✋ Voir l'appel"), ShowRoll(roll_id=roll.roll_id).pack())],
    )
    return Outgoing(Text(Bold(title), "\n", doubt_words(roll)), keys)


async def still_expected(notice: StillExpected, _reader: PersonId, uow: UnitOfWork, _now: datetime) -> Outgoing | None:
    found = await roll_questions.expected(uow, notice.roll_id, notice.student_id)
    if found is None:
        return None
    words = _(
        "{name} a annoncé un retard et devait arriver vers {hour}. C'est fait ?",
        name=formats.name(found.first_name),
        hour=formats.hour(local(found.at).time()),
    )
    data = {"roll_id": notice.roll_id, "student_id": notice.student_id}
    keys = key_rows(
        [(_("✅ Oui, présent"), StillAway(**data, here=True).pack())],
        [(_("❌ Non, pas là"), StillAway(**data, here=False).pack())],
    )
    return Outgoing(Text(words), keys)


async def absence_announced(
    notice: AbsenceAnnounced, _reader: PersonId, uow: UnitOfWork, _now: datetime
) -> Outgoing | None:
    said = await announcements.said(uow, notice.announcement_id)
    if said is None:
        return None
    name, at = formats.name(said.first_name), said_when(said)
    if said.withdrawn:
        return Outgoing(
            Text(_("Annonce reprise : {name}, {when}. L'appel se fait comme toujours.", name=name, when=at))
        )
    if said.placement:
        return Outgoing(Text(_("En entreprise : {name}, {when}.", name=name, when=at)))
    if said.kind is Announced.AWAY:
        return Outgoing(Text(_("Absence annoncée : {name}, {when}.", name=name, when=at)))
    return Outgoing(
        Text(
            ngettext(
                "Retard annoncé : {name}, {when}, {count} minute.",
                "Retard annoncé : {name}, {when}, {count} minutes.",
                said.minutes or 0,
                name=name,
                when=at,
            )
        )
    )


async def announced_by_student(
    notice: AnnouncedByStudent, reader: PersonId, uow: UnitOfWork, now: datetime
) -> Outgoing | None:
    said = await announcements.said(uow, notice.announcement_id)
    if said is None or not await announcements.may_hear(uow, said.student_id, reader, now):
        return None
    name, at = formats.name(said.first_name), said_when(said)
    if said.withdrawn:
        return Outgoing(Text(_("{name} a repris son annonce : {when}. L'école fait l'appel.", name=name, when=at)))
    if said.kind is Announced.AWAY:
        words = _("{name} nous a annoncé une absence : {when}. Le saviez-vous ?", name=name, when=at)
    else:
        words = ngettext(
            "{name} nous a annoncé un retard de {count} minute : {when}. Le saviez-vous ?",
            "{name} nous a annoncé un retard de {count} minutes : {when}. Le saviez-vous ?",
            said.minutes or 0,
            name=name,
            when=at,
        )
    known = KnowAnnouncement(announcement_id=said.announcement_id).pack()
    text = Text(words, "\n", _("Si ce n'est pas juste, appelez l'école."))
    return Outgoing(text, one_key(_("✅ Oui, je le sais"), known))


def why_words(why: Why) -> str:
    """Why somebody has to call, for the school's people."""
    match why:
        case Why.UNSEEN:
            return _("Message envoyé, pas encore vu.")
        case Why.UNREACHABLE:
            return _("Le message n'est pas arrivé.")
        case Why.BLOCKED:
            return _("La conversation est fermée.")
        case Why.NEVER_LINKED:
            return _("Aucune conversation n'est reliée.")
        case Why.NOBODY:
            return _("Personne n'est inscrit pour les absences.")
        case Why.DID_NOT_KNOW:
            return _("La famille ne savait pas.")
        case Why.CALL_ME:
            return _("La famille demande un appel.")
        case Why.NOT_ARRIVED:
            return _("Un retard était annoncé, et l'élève n'est pas là.")


async def call_wanted(notice: CallWanted, reader: PersonId, uow: UnitOfWork, now: datetime) -> Outgoing | None:
    task = await calls.task_view(uow, notice.task_id, reader, now)
    if task is None:
        return None
    title = _("📞 À appeler pour {name} : {when}.", name=formats.name(task.first_name), when=when(task.day, task.half))
    people = [
        f"\n{formats.name(one.first_name)} : {formats.isolate_ltr(one.phone) if one.phone else _('pas de numéro')}"
        for one in task.callees
    ]
    keys = key_rows(
        [(_("✅ J'ai appelé"), Called(task_id=task.task_id, reached=True).pack())],
        [(_("Personne n'a répondu"), Called(task_id=task.task_id, reached=False).pack())],
        [(_("📋 Toute la liste"), ListCalls().pack())],
    )
    return Outgoing(Text(Bold(title), "\n", why_words(task.why), *people), keys)


RENDERERS: dict[type[Notice], Render] = {
    AbsenceTold: absence_told,
    AbsenceToldElsewhere: absence_told_elsewhere,
    AbsenceCorrected: absence_corrected,
    AbsenceCorrectedElsewhere: absence_corrected,
    AbsenceAnswered: absence_answered,
    AbsenceAnnounced: absence_announced,
    AnnouncedByStudent: announced_by_student,
    CallWanted: call_wanted,
    RollProposed: roll_proposed,
    RollDoubted: roll_doubted,
    RollRedrawn: roll_redrawn,
    RollUnfinished: roll_unfinished,
    StillExpected: still_expected,
}
