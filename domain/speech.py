"""What a message sounds like: its words without signs nobody says, its keys numbered as answers.

Refuses to change a word: who listens hears what who reads reads.
"""

import re
import unicodedata
from collections.abc import Sequence

LIMIT = 1500
"""Signs of one reading: two minutes of speech. What is longer ends with its last whole sentence."""

_ADDRESS = re.compile(r"https?://\S+")
_SILENT = {"So", "Sk", "Cf", "Cs", "Co", "Cn"}
_BLOCKS = re.compile(r"[\u2580-\u25ff\ufe0f]+")
_END = re.compile(r"[.!?؟…](?=\s)")


def spoken(text: str, answers: Sequence[str] = (), lead: str = "") -> str:
    """The words to be said: `text`, then `lead` (« Réponses : ») and the answers, each with its number.

    Pictures, boxes and invisible signs are left out, a line is a sentence; addresses are not read letter by letter.
    """
    said = [_sentence(line) for line in _ADDRESS.sub("", text).splitlines()]
    named = [name for answer in answers if (name := _clean(answer))]
    if named:
        said.append(f"{lead} {', '.join(f'{number} {name}' for number, name in enumerate(named, 1))}.".strip())
    return _cut(" ".join(line for line in said if line))


def _clean(text: str) -> str:
    text = _BLOCKS.sub(" ", text).replace(" · ", ", ")
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) not in _SILENT).split())


def _sentence(line: str) -> str:
    words = _clean(line)
    if not any(sign.isalnum() for sign in words):
        return ""
    return words if words[-1] in ".!?؟…:,;" else f"{words}."


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    ends = [found.end() for found in _END.finditer(text, 0, LIMIT)]
    return text[: ends[-1] if ends else LIMIT]
