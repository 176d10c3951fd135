"""Six stories of the school that play by themselves on the demo's phones, in any of its languages.

Refuses to pretend: invented people press the keys they see, and a story breaks where one does not see what it tells of.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol

from bot.demo.pictures import draw_tyre
from domain.calendar import instant
from domain.people import Language
from locales import _, formats, use_language
from webchat import Actor, NotVisible, StoryBroken

_CALENDAR = Path(__file__).parents[2] / "docs" / "exemples" / "metallerie.ics"
_ISOLATES = re.compile("[\u2066-\u2069]")
_FIELD = re.compile(r"\{\w+\}")
_NEWEST = 4
_TRIES, _MOMENT = 100, 0.05


class Teller(Protocol):
    """What a story is told with."""

    async def tell(self, words: str) -> None:
        """Say to whoever looks on (in French) what comes next, and leave them the time to read it."""

    async def live_until(self, at: datetime) -> None:
        """Let the school live until then; what falls due happens."""

    def actor(self, who: str) -> Actor:
        """One of the invented people, by key."""

    def language(self, who: str) -> Language:
        """The language they read."""


@dataclass(frozen=True)
class Story:
    """A story: its title, whose phones it happens on, and how it goes."""

    title: str
    cast: tuple[str, ...]
    play: Callable[[Teller], Awaitable[None]]


def _at(day: int, hour: int, minute: int) -> datetime:
    """An hour of November 2026, when the demo begins, on the school's wall clock."""
    return instant(date(2026, 11, day), time(hour, minute))


async def _soon(act: Callable[[], Awaitable[None]]) -> None:
    """Do what can be done as soon as a message is there: messages leave on their own, a moment after the act that owes them."""
    for _try in range(_TRIES):
        try:
            return await act()
        except NotVisible:
            await asyncio.sleep(_MOMENT)
    try:
        await act()
    except NotVisible as missing:
        raise StoryBroken(str(missing)) from missing


async def _press(teller: Teller, who: str, label: str) -> None:
    """Press a key that says this in every language."""
    await _soon(lambda: teller.actor(who).tap(label))


async def _tap(teller: Teller, who: str, *keys: str) -> None:
    """Press keys by their French words, as they stand in the language of whoever presses them, whatever is in a field."""
    for key in keys:
        with use_language(teller.language(who)):
            label = max(_FIELD.split(_(key)), key=len).strip()
        await _press(teller, who, label)


async def _sees(teller: Teller, who: str, words: str) -> None:
    """Hold that one of the newest messages of somebody says this in their language, whatever stands in its fields."""
    with use_language(teller.language(who)):
        await _reads(teller, who, *(part.strip() for part in _FIELD.split(_(words))))


async def _reads(teller: Teller, who: str, *parts: str) -> None:
    """Hold that all of these stand in one of somebody's newest messages."""

    async def look() -> None:
        newest = [_ISOLATES.sub("", seen.text) for seen in teller.actor(who).sees[-_NEWEST:] if not seen.out]
        if not any(all(part in text for part in parts) for text in newest):
            raise NotVisible(f"{who} does not see {parts} among {newest}")

    await _soon(look)


async def _late_bus(teller: Teller) -> None:
    await teller.live_until(_at(25, 8, 5))
    await teller.tell("8 h 05. Le bus de Léa n'avance pas : elle le dit en deux appuis.")
    await _tap(teller, "lea", "🕒 Retard")
    await _press(teller, "lea", "20")
    await _reads(teller, "paul", "Léa", "20")
    await teller.tell("Paul, son formateur, le sait. Claire, sa mère, aussi : elle répond d'un appui.")
    await _tap(teller, "claire", "✅ Oui, je le sais")
    await teller.live_until(_at(25, 8, 31))
    await teller.tell("8 h 31. Paul fait l'appel : Léa y est déjà en retard. Rien à ajouter.")
    await _tap(teller, "paul", "✋ Appel", "✅ Confirmer")
    await teller.live_until(_at(25, 8, 35))
    await teller.tell("Personne n'est alarmé : tout le monde savait.")


async def _my_day(teller: Teller) -> None:
    await teller.live_until(_at(24, 16, 46))
    await teller.tell("Après l'école, Amine raconte sa journée sans écrire un mot.")
    await _tap(teller, "amine", "📔 Raconter ma journée")
    await _press(teller, "amine", "😀")
    await teller.tell("Ce qu'il peut cocher vient de la vraie commande du jour.")
    await _press(teller, "amine", "Démonter")
    await _tap(teller, "amine", "Continuer ➡", "Passer ➡")
    await teller.tell("Il choisit qui peut le voir, puis il envoie.")
    await _tap(teller, "amine", "✅ Envoyer")
    await _sees(teller, "amine", "Merci, c'est gardé. ✅")
    await teller.tell("Karine, sa formatrice, le lit et répond d'un appui.")
    await _tap(teller, "karine", "📔 Les journées")
    await _press(teller, "karine", "Amine")
    await _tap(teller, "karine", "💬 On en parle")
    await _sees(teller, "amine", "💬 On en parle ensemble.")
    await teller.tell("La réponse est arrivée. La direction peut la lire, et les deux le savent.")


async def _roll_call(teller: Teller) -> None:
    await teller.live_until(_at(25, 8, 31))
    await teller.tell("8 h 31. Paul fait l'appel : tout le monde est là, sauf Yusuf. Trois appuis.")
    await _tap(teller, "paul", "✋ Appel")
    await _press(teller, "paul", "Yusuf")
    await _tap(teller, "paul", "✅ Confirmer")
    await teller.tell("Pendant deux minutes, il peut encore annuler. Personne n'est prévenu.")
    await teller.live_until(_at(25, 8, 34))
    await _sees(teller, "emine", "Bonjour. {name} n'était pas à l'école : {when}.")
    await teller.tell("Le téléphone d'Emine, sa mère, sonne dans sa langue. Elle répond d'un appui.")
    await _tap(teller, "emine", "🤒 Malade")
    await _sees(teller, "paul", "💬 la famille a répondu")
    await teller.tell("Paul le sait. Orhan, l'oncle, n'a pas été dérangé.")


async def _changed_timetable(teller: Teller) -> None:
    await teller.tell("Hélène envoie le nouvel emploi du temps, comme un fichier.")
    await teller.actor("helene").send_document(_CALENDAR.read_bytes(), _CALENDAR.name)
    await teller.tell("Rien n'est changé sans un coup d'œil : ce qui bouge, et qui sera prévenu.")
    await _tap(teller, "helene", "✅ Appliquer")
    await teller.live_until(_at(24, 19, 31))
    await teller.tell(
        "Cinq minutes après, Léa le sait : l'ancienne heure est barrée. À 19 h 30 vient la carte de demain."
    )
    await _sees(teller, "lea", "Demain, {day}")
    await teller.live_until(_at(25, 6, 0))
    await teller.tell("La nuit reste silencieuse.")
    await teller.live_until(_at(25, 8, 46))
    await _tap(teller, "lea", "👍 Je suis en route")
    await teller.tell("Le rappel du matin vient une heure plus tard que d'habitude, lui aussi.")


async def _announcement(teller: Teller) -> None:
    await teller.tell("Hélène écrit une fois, à tout le monde.")
    await _tap(teller, "helene", "📣 Annonce")
    await teller.actor("helene").send("Jeudi, on finit à 15 h.")
    await _tap(teller, "helene", "À confirmer", "👀 Voir et envoyer")
    await teller.tell("Elle voit ce que chacun recevra, et combien ils sont.")
    await _tap(teller, "helene", "✅ Envoyer")
    await teller.live_until(_at(24, 16, 43))
    await teller.tell("Les mots sont ceux d'Hélène ; tout autour, chacun lit sa langue. Claire et Samira ont vu.")
    for reader in ("claire", "samira"):
        await _tap(teller, reader, "✅ Vu")
    await teller.tell("Une erreur ? Elle corrige, et chaque message déjà reçu change.")
    await _tap(teller, "helene", "✏ Corriger")
    await teller.actor("helene").send("Jeudi, on finit à 16 h.")
    await teller.live_until(_at(24, 16, 45))
    await _sees(teller, "samira", "Ce message a été corrigé.")
    await teller.tell("C'est corrigé sur tous les téléphones.")


async def _order(teller: Teller) -> None:
    await teller.tell("Le garage demande deux pneus : quelques appuis et une photo.")
    await _tap(teller, "garage", "📝 Demander un devis")
    await _press(teller, "garage", "Pneus et Services")
    await _tap(teller, "garage", "🛞 Pneus neufs")
    for size_or_count in ("R16", "2"):
        await _press(teller, "garage", size_or_count)
    await _tap(teller, "garage", "🤷 Je ne sais pas", "🤷 Je ne sais pas")
    await teller.actor("garage").send_photo(draw_tyre())
    await _tap(teller, "garage", "Peu importe le jour ➡", "👤 Moi, particulier", "👤 {name}, réponse ici", "✅ Envoyer")
    await _sees(teller, "karine", "📥 Une demande est arrivée")
    await _tap(teller, "karine", "🙋 Je la prends")
    await teller.tell("Karine la prend. Inês, son élève, écrit le devis avec le tarif de l'école.")
    await _write_quote(teller)
    await teller.tell("Un adulte vérifie toujours. Karine l'envoie, avec son nom.")
    await _sees(teller, "karine", "À vérifier avant l'envoi.")
    await _tap(teller, "karine", "📄 Ouvrir le devis", "✅ Valider et envoyer", "✅ Oui, envoyer")
    await _sees(teller, "garage", "Voici votre devis.")
    await teller.tell("Le garage garde deux lignes sur trois, et signe de son nom.")
    await _tap(teller, "garage", "✂ J'accepte une partie")
    await _press(teller, "garage", "quilibrage")
    await _tap(teller, "garage", "✅ J'accepte : {amount}", "🖊 Bon pour accord : {name}")
    await _sees(teller, "garage", "✅ Merci ! Voici votre copie.")
    await _make_order(teller)
    await teller.tell("Le garage dit merci à ceux qui l'ont faite.")
    await _tap(teller, "garage", "💬 Un mot pour les élèves")
    await _press(teller, "garage", "5")
    await teller.actor("garage").send("Bravo, travail soigné !")
    await teller.live_until(_at(24, 16, 55))
    await _sees(teller, "karine", "Un client a un mot pour les élèves : {title}")
    await _tap(teller, "karine", "✅ Transmettre aux élèves")
    await _sees(teller, "ines", "Un client te dit merci pour ton travail : {title}")
    await teller.tell("Karine l'a lu d'abord. Inês sait maintenant pour qui elle a travaillé.")


async def _write_quote(teller: Teller) -> None:
    """Three lines of the price list, the day, and what the law wants said."""
    ines = teller.actor("ines")
    await ines.send("/lesdevis")
    await _press(teller, "ines", "D-2026-0044")
    await _tap(teller, "ines", "➕ Tarif de l'école")
    for line in ("91V neuf", "91V neuf", "Montage d'un pneu", "Montage d'un pneu", "Équilibrage d'une roue"):
        await _press(teller, "ines", line)
    await _tap(teller, "ines", "⬅ Retour", "📅 Date prévue")
    with use_language(teller.language("ines")):
        promised = formats.day_in_full(date(2026, 12, 1))
    await _press(teller, "ines", promised)
    await _tap(teller, "ines", "📋 Compléter", "Adresse du client")
    await ines.send("1 rue des Essais, 00000 Exemple")
    await _tap(teller, "ines", "📋 Compléter", "🛞 Sans véhicule : roues apportées", "📤 Envoyer au formateur")


async def _make_order(teller: Teller) -> None:
    """A step for a student whose lights are green; done, checked, handed over."""
    await _tap(teller, "karine", "🧾 Commandes")
    await _press(teller, "karine", "Pneus neufs")
    await _tap(teller, "karine", "📦 Préparée", "🛠 À l'atelier")
    await _press(teller, "karine", "Monter et gonfler")
    await _press(teller, "karine", "Inês")
    await teller.tell("Le devis devient une leçon : Inês a une étape à faire. D'abord, ce qu'elle met.")
    await _tap(teller, "ines", "🧾 Mon travail")
    await _press(teller, "ines", "Monter et gonfler")
    await _tap(teller, "ines", "▶ Commencer", "🏁 J'ai fini", "Passer ➡")
    await teller.tell("Elle peut la cocher dans sa journée. Karine vérifie : c'est conforme.")
    await _tap(teller, "ines", "📔 Ma journée")
    await _press(teller, "ines", "😀")
    await _press(teller, "ines", "Monter et gonfler")
    await _tap(teller, "karine", "⬅ La commande")
    await _press(teller, "karine", "Monter et gonfler")
    await _tap(teller, "karine", "{sign} Vérifier : {name}", "✅ Conforme", "⬅ La commande")
    await _tap(teller, "karine", "🔎 Contrôlée", "✅ Prête")
    await _sees(teller, "garage", "Votre commande est prête.")
    await teller.tell("Le garage l'apprend aussitôt, et vient la chercher.")
    await _tap(teller, "karine", "🏁 Livrée")


STORIES: dict[str, Story] = {
    "bus": Story("Un retard de bus", ("lea", "paul", "claire"), _late_bus),
    "day": Story("Ma journée sans écrire", ("amine", "karine"), _my_day),
    "roll": Story("L'appel et la famille", ("paul", "emine", "orhan"), _roll_call),
    "timetable": Story("L'emploi du temps change", ("helene", "lea"), _changed_timetable),
    "announcement": Story("Écrire à tous, corriger", ("helene", "claire", "samira"), _announcement),
    "order": Story("Du devis au merci", ("garage", "karine", "ines"), _order),
}
