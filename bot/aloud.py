"""Lets the web chat's page hear its messages, where a telephone has no voice of its own.

Refuses to decide how words sound: that is `domain.speech` and `services.speech`.
"""

from domain.people import Language
from domain.speech import spoken
from locales import _, use_language
from services.speech import CannotSpeakError, Kind, Speaker
from webchat import Speak, Words

_KINDS: dict[str, Kind] = {"ogg": "ogg", "mp4": "mp4"}


def aloud(speaker: Speaker) -> Speak:
    """What `WebChat.speak_with` asks for."""

    async def speak(words: Words, kind: str) -> bytes | None:
        language = Language(words.language) if words.language in {*Language} else Language.FRENCH
        with use_language(language):
            text = spoken(words.text, words.answers, _("Réponses :"))
        try:
            return (await speaker.say(text, language, _KINDS[kind])).data
        except CannotSpeakError:
            return None

    return speak
