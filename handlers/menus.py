"""The command menu and the home bar of each role.

Refuses long menus: what a person does every day fits one row of thumbs.
"""

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Filter
from aiogram.types import BotCommand, BotCommandScopeChat, KeyboardButton, Message, ReplyKeyboardMarkup, TelegramObject

from domain.people import Actor, Role
from locales import _, in_every_language

MY_DAY = "📔 Ma journée"
MY_WEEK = "📅 Ma semaine"
THE_DAYS = "📔 Les journées"
ROLL = "✋ Appel"
EXCHANGES = "👁 Les échanges"
HEALTH = "📊 L'état du service"
QUOTE = "📝 Demander un devis"
CONTACT = "📞 Nous joindre"
TIMETABLE = "📅 Emploi du temps"
CALLS = "📞 À appeler"
ABSENCE = "📣 Absence"
LATE = "🕒 Retard"
SETTINGS = "⚙ Réglages"
ANNOUNCE = "📣 Annonce"
MY_REQUESTS = "📋 Mes demandes"
REQUESTS = "📥 Demandes"
ORDERS = "🧾 Commandes"
MY_WORK = "🧾 Mon travail"
HELP = "🆘 Aide"


def _words(key: str) -> str:
    """The words of a key in the current language (named one by one, for the catalogues)."""
    return {
        MY_DAY: _("📔 Ma journée"),
        MY_WEEK: _("📅 Ma semaine"),
        THE_DAYS: _("📔 Les journées"),
        ROLL: _("✋ Appel"),
        EXCHANGES: _("👁 Les échanges"),
        HEALTH: _("📊 L'état du service"),
        QUOTE: _("📝 Demander un devis"),
        CONTACT: _("📞 Nous joindre"),
        TIMETABLE: _("📅 Emploi du temps"),
        CALLS: _("📞 À appeler"),
        ABSENCE: _("📣 Absence"),
        LATE: _("🕒 Retard"),
        SETTINGS: _("⚙ Réglages"),
        ANNOUNCE: _("📣 Annonce"),
        MY_REQUESTS: _("📋 Mes demandes"),
        REQUESTS: _("📥 Demandes"),
        ORDERS: _("🧾 Commandes"),
        MY_WORK: _("🧾 Mon travail"),
        HELP: _("🆘 Aide"),
    }[key]


_BARS: dict[Role, tuple[tuple[str, ...], ...]] = {
    Role.VISITOR: ((QUOTE,), (CONTACT, HELP)),
    Role.STUDENT: ((MY_DAY, MY_WEEK), (MY_WORK, LATE), (HELP,)),
    Role.GUARDIAN: ((ABSENCE, THE_DAYS), (SETTINGS, HELP)),
    Role.TRAINER: ((THE_DAYS, ROLL), (ORDERS, REQUESTS), (ANNOUNCE, MY_WEEK), (HELP,)),
    Role.BUSINESS: ((QUOTE,), (MY_REQUESTS, HELP)),
    Role.DIRECTION: ((EXCHANGES, CALLS), (ANNOUNCE, REQUESTS), (TIMETABLE, HEALTH), (HELP,)),
}


def home_bar(role: Role) -> ReplyKeyboardMarkup:
    """The bar under the conversation of a role, in the current language."""
    rows = [[KeyboardButton(text=_words(key)) for key in row] for row in _BARS[role]]
    return ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, is_persistent=True)


class BarKey(Filter):
    """Filter: this key of the bar was pressed, in whatever language the bar was drawn."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def __call__(self, event: TelegramObject) -> bool:
        return isinstance(event, Message) and event.text in in_every_language(self._key)


def is_bar_key(words: str) -> bool:
    """Whether these are the words of a key of some bar, in whatever language: then they are no part of a message."""
    keys = {key for rows in _BARS.values() for row in rows for key in row}
    return any(words in in_every_language(key) for key in keys)


def commands(actor: Actor) -> list[BotCommand]:
    """The command menu of an actor, in the current language."""
    role = actor.active_role
    menu: list[tuple[str, str]] = []
    if role is Role.STUDENT:
        menu.append(("journee", _("Raconter ma journée")))
        menu.append(("retard", _("Dire un retard ou une absence")))
        menu.append(("famille", _("Ce que ma famille voit")))
        menu.append(("travail", _("Mon travail à l'atelier")))
        menu.append(("savoirfaire", _("Ce que je sais faire")))
    if role is Role.GUARDIAN:
        menu.append(("absence", _("Annoncer une absence ou un retard")))
    if role in (Role.TRAINER, Role.GUARDIAN):
        menu.append(("journees", _("Voir les journées")))
    if role is Role.TRAINER:
        menu.append(("nouvelles", _("Les nouvelles du vendredi")))
    if role in (Role.TRAINER, Role.DIRECTION):
        menu.append(("appel", _("Faire l'appel")))
        menu.append(("commandes", _("Les commandes de l'atelier")))
        menu.append(("aappeler", _("Voir qui est à appeler")))
        menu.append(("annonce", _("Écrire à plusieurs personnes")))
        menu.append(("demandes", _("Les demandes des clients")))
    if role in (Role.STUDENT, Role.TRAINER, Role.GUARDIAN):
        menu.append(("semaine", _("Voir la semaine")))
        menu.append(("agenda", _("L'emploi du temps dans l'agenda du téléphone")))
    if role is Role.DIRECTION:
        menu += [("echanges", _("Lire les échanges")), ("etat", _("Voir l'état du service"))]
        menu.append(("calendrier", _("Les jours sans école")))
        menu.append(("emploidutemps", _("Importer l'emploi du temps")))
        menu.append(("registre", _("Le registre d'appel")))
        menu.append(("injoignables", _("Voir qui est injoignable")))
        menu.append(("feuxverts", _("Les feux verts des travaux réglementés")))
        menu.append(("impact", _("Ce que l'atelier a fait")))
    if role in (Role.STUDENT, Role.TRAINER, Role.DIRECTION):
        menu.append(("lesdevis", _("Les devis")))
    if role in (Role.VISITOR, Role.BUSINESS):
        menu.append(("devis", _("Demander un devis")))
    if role is Role.BUSINESS:
        menu.append(("mesdemandes", _("Suivre mes demandes")))
        menu.append(("mescommandes", _("Mes commandes")))
    menu += [
        ("help", _("De l'aide, tout de suite")),
        ("langue", _("Changer de langue")),
        *([] if role in (Role.VISITOR, Role.GUARDIAN) else [("rappels", _("Mes rappels"))]),
        *([("reglages", _("Mes réglages"))] if role is Role.GUARDIAN else []),
        ("moi", _("Ce que l'école sait de moi")),
        ("privacy", _("Mes données")),
    ]
    if len(actor.roles) > 1:
        menu.append(("role", _("Changer de rôle")))
    return [BotCommand(command=command, description=words) for command, words in menu]


async def set_menu(bot: Bot, chat_id: int, actor: Actor) -> None:
    """Show an actor's menu in their chat. A menu that cannot be set is no reason to fail: every command still works."""
    try:
        await bot.set_my_commands(commands(actor), BotCommandScopeChat(chat_id=chat_id))
    except TelegramAPIError:
        return
