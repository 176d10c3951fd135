"""The first words after arriving: who is speaking here, what can be done, and who can read along.

Refuses more than three sentences.
"""

from aiogram import Bot
from aiogram.types import Message
from aiogram.utils.formatting import Bold, Text

from domain.people import Actor, Role
from domain.school import School
from handlers.menus import home_bar, set_menu
from locales import _, formats


def welcome(actor: Actor, school: School) -> Text:
    """The welcome of a role, in the current language."""
    name = formats.name(actor.first_name)
    match actor.active_role:
        case Role.STUDENT:
            title = _("Bonjour {name} !", name=name)
            body = _(
                "Ici, tu racontes ta journée avec une image, ta voix ou quelques mots. Ton formateur ou ta formatrice "
                "te répond. Ce qu'un adulte t'écrit ici, la direction peut le lire."
            )
        case Role.TRAINER:
            title = _("Bonjour {name}.", name=name)
            body = _(
                "Ici, vous lisez les journées de vos élèves et vous répondez. "
                "Ce que vous écrivez à un élève, la direction peut le lire."
            )
        case Role.GUARDIAN:
            title = _("Bonjour {name}.", name=name)
            body = _("Ici, l'école vous parle. Vous voyez aussi les journées que l'élève choisit de vous montrer.")
        case Role.DIRECTION:
            title = _("Bonjour {name}.", name=name)
            body = _("Ici, vous lisez ce que les adultes écrivent aux élèves, et vous voyez ce qui est bloqué.")
        case Role.BUSINESS:
            title = _("Bonjour {name}.", name=name)
            body = _(
                "Ici, vous demandez un devis et vous suivez votre demande. Nos élèves apprennent leur métier en la réalisant."
            )
        case Role.VISITOR:
            title = _("Bonjour, ici {school}.", school=formats.name(school.name))
            body = _(
                "Des jeunes de 15 à 18 ans y apprennent un métier en travaillant pour de vrais clients. "
                "Vous avez un lien d'invitation ? Ouvrez-le pour entrer."
            )
    return Text(Bold(title), "\n", body)


async def come_home(message: Message, bot: Bot, actor: Actor, school: School) -> None:
    """Greet, and lay out the bar and the menu of the actor's role."""
    await set_menu(bot, message.chat.id, actor)
    await message.answer(reply_markup=home_bar(actor.active_role), **welcome(actor, school).as_kwargs())
