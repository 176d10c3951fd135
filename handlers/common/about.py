"""What the school keeps about a person, and what it does with it.

Refuses legal language: a fifteen-year-old must understand it (RGPD art. 12).
"""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.people import EVERYONE, MEMBERS, Actor, Role
from domain.school import School
from handlers.policy import allow
from handlers.vocabulary import role_name
from locales import NAMES, _, formats
from services import UnitOfWork, people


async def ask_about_me(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    profile = await people.profile(uow, actor, local_date(now))
    full_name = " ".join(filter(None, (profile.first_name, profile.last_name)))
    lines = [
        _("Nom : {name}", name=formats.name(full_name)),
        _("Langue : {language}", language=NAMES[profile.language]),
        _("Rôle : {roles}", roles=", ".join(role_name(role) for role in profile.roles)),
    ]
    if profile.groups:
        lines.append(_("Groupe : {groups}", groups=formats.name(", ".join(profile.groups))))
    if profile.students:
        lines.append(_("Élève : {names}", names=formats.name(", ".join(profile.students))))
    lines.append(_("Relié à l'école depuis : {day}", day=formats.day_in_full(profile.since)))
    text = Text(
        Bold(_("Ce que l'école sait")), "\n", "\n".join(lines), "\n\n", _("Une erreur ? L'école peut la corriger.")
    )
    await message.answer(**text.as_kwargs())


async def ask_about_privacy(message: Message, actor: Actor, school: School) -> None:
    if actor.active_role is Role.STUDENT:
        body = _(
            "Nous gardons ce qui sert à apprendre le métier : tes journées, les réponses, l'emploi du temps. "
            "Ce que tu gardes pour toi, personne d'autre ne le voit. "
            "Tu peux demander une copie, ou faire effacer."
        )
    elif actor.person_id is None:
        body = _("Nous gardons seulement la langue choisie. Rien d'autre, tant qu'aucun lien n'est ouvert.")
    else:
        body = _(
            "Nous gardons ce qui sert à apprendre le métier : présence, travail, messages. "
            "Vous pouvez demander qui voit, recevoir une copie, ou faire effacer. "
            "La loi nous oblige à garder certaines choses."
        )
    lines = [body, _("Tout est chiffré. Réclamation : {address}", address=formats.isolate_ltr("cnil.fr"))]
    if school.contact:
        lines.append(_("L'école : {contact}", contact=formats.isolate_ltr(school.contact)))
    await message.answer(**Text(Bold(_("Mes données")), "\n", "\n".join(lines)).as_kwargs())


def build_router() -> Router:
    router = Router(name="about")
    router.message.register(ask_about_me, Command("moi"), flags=allow(*MEMBERS))
    router.message.register(ask_about_privacy, Command("privacy", "donnees"), flags=allow(*EVERYONE))
    return router
