"""One message to many: what kind it is, whom it is for, where it stands, and what became of each copy.

Refuses to know who a person is: people, sections and groups are numbers here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is expected of a reader."""

    INFORMATION = "information"  # nothing
    CONFIRM = "confirm"  # one tap: seen
    ANSWER = "answer"  # one of the answers, one per family or per person


class State(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    ASKED = "asked"  # urgent: a second adult has to agree
    SCHEDULED = "scheduled"
    SENDING = "sending"  # leaving, or all has left
    PAUSED = "paused"
    STOPPED = "stopped"  # the rest will not leave
    RECALLED = "recalled"
    REFUSED = "refused"  # its author may not say this any more


HALTED = frozenset({State.PAUSED, State.STOPPED, State.RECALLED})
"""No copy leaves."""


class Reader(StrEnum):
    """As what somebody reads it."""

    STUDENTS = "students"
    FAMILIES = "families"
    TRAINERS = "trainers"
    CLIENTS = "clients"  # businesses with an open order


class TextSource(StrEnum):
    """Where the words of another language come from. What nobody decided about is never sent."""

    OWN = "own"  # written or dictated by the author
    PROPOSED = "proposed"  # by a machine, and not decided about yet
    READ = "read"  # by a machine, read back by the author
    UNREAD = "unread"  # by a machine, sent unread: the copy says so


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"


class Outcome(StrEnum):
    """What became of one copy."""

    WAITING = "waiting"
    SENT = "sent"
    HELD = "held"  # paused, or the rest was stopped
    BLOCKED = "blocked"  # the reader shut the door meanwhile
    UNCERTAIN = "uncertain"  # it may have arrived
    LEFT = "left"  # the reader left the school, or is no reader any more
    FAILED = "failed"
    PAPER = "paper"  # no door to begin with


TEXT_LIMIT = 3500
"""UTF-16 units of an author's text: with everything around it, it fits one message (4096, Bot API)."""
CAPTION_LIMIT = 700
"""UTF-16 units up to which a text goes under a file, with everything around it (1024, Bot API)."""
FILES_LIMIT = 10
FILE_LIMIT_MB = 10
MOST_REMINDERS = 2
CHOICES_LIMIT = 6
CHOICE_LIMIT = 40
RECALL_WITHIN = timedelta(hours=48)
"""Telegram lets a bot delete its own message for so long (Bot API, deleteMessage)."""
CHANGE_WITHIN = timedelta(days=13)
"""Which message was whose copy is kept for a fortnight (`bot.delivery.worker.KEPT_FOR`)."""

_FORMATS = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "blockquote", "text_link"}
_ADDRESSES = ("https://", "http://")


def units(text: str) -> int:
    """Length as the Bot API counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True)
class Body:
    """An author's words and their formatting: Bot API entities of the kinds that are kept, offsets in UTF-16 units."""

    text: str = ""
    entities: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def of(cls, text: str, entities: Iterable[Mapping[str, Any]] = ()) -> "Body":
        """Words with the formatting that is safe to keep: no mention, no command, no link but to the web."""
        kept = []
        for entity in entities:
            url = str(entity.get("url") or "")
            if entity.get("type") not in _FORMATS or (url and not url.startswith(_ADDRESSES)):
                continue
            plain = {"type": entity["type"], "offset": int(entity["offset"]), "length": int(entity["length"])}
            kept.append(plain | ({"url": url} if url else {}))
        return cls(text, tuple(kept))

    def followed_by(self, other: "Body") -> "Body":
        """Both, one under the other."""
        if not self.text or not other.text:
            return other if other.text else self
        shift = units(self.text) + 2
        moved = tuple({**entity, "offset": entity["offset"] + shift} for entity in other.entities)
        return Body(f"{self.text}\n\n{other.text}", self.entities + moved)


@dataclass(frozen=True)
class Audience:
    """Whom a broadcast is for: these readers of these groups and sections, or of the whole school; and these people besides."""

    whole: bool = False
    sections: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    readers: frozenset[Reader] = frozenset({Reader.STUDENTS, Reader.FAMILIES})
    people: frozenset[int] = frozenset()

    def toggled(self, what: str, value: str) -> "Audience":
        """The same with one thing added or taken away: "whole", "section", "group", "reader" or "person"."""
        match what:
            case "whole":
                return replace(self, whole=not self.whole, sections=frozenset(), groups=frozenset())
            case "section":
                return replace(self, whole=False, sections=self.sections ^ {int(value)})
            case "group":
                return replace(self, whole=False, groups=self.groups ^ {int(value)})
            case "reader":
                return replace(self, readers=self.readers ^ {Reader(value)})
            case "person":
                return replace(self, people=self.people ^ {int(value)})
            case _:
                return self

    def to_json(self) -> dict[str, Any]:
        """Ids and words of the code, ready for JSON."""
        return {
            "whole": self.whole,
            "sections": sorted(self.sections),
            "groups": sorted(self.groups),
            "readers": sorted(self.readers),
            "people": sorted(self.people),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Audience":
        """What `to_json` wrote."""
        return cls(
            whole=bool(kept.get("whole")),
            sections=frozenset(kept.get("sections", ())),
            groups=frozenset(kept.get("groups", ())),
            readers=frozenset(Reader(reader) for reader in kept.get("readers", ())),
            people=frozenset(kept.get("people", ())),
        )


@dataclass(frozen=True)
class Reach:
    """Whom an author may write to: `groups` are (section, name) by id. `whole`: the whole school."""

    whole: bool
    sections: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, tuple[int, str]] = field(default_factory=dict)

    def limited(self, audience: Audience) -> Audience:
        """An audience without what is out of reach; its people are judged one by one elsewhere."""
        return replace(
            audience,
            whole=audience.whole and self.whole,
            sections=audience.sections & self.sections.keys(),
            groups=audience.groups & self.groups.keys(),
        )

    def sections_of(self, audience: Audience) -> frozenset[int]:
        """The sections an audience touches, of those wholly in reach: their clients may be written to."""
        if audience.whole and self.whole:
            return frozenset(self.sections)
        of_groups = {self.groups[group][0] for group in audience.groups if group in self.groups}
        return frozenset(self.sections.keys() & (audience.sections | of_groups))

    def groups_of(self, audience: Audience) -> frozenset[int]:
        """The groups an audience covers, of those in reach."""
        if audience.whole and self.whole:
            return frozenset(self.groups)
        return frozenset(
            group
            for group, (section, _) in self.groups.items()
            if group in audience.groups or section in audience.sections
        )


def families(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Which family each guardian belongs to: (guardian, student) pairs that hang together are one, named by its lowest one."""
    lowest: dict[int, int] = {}

    def root(student: int) -> int:
        while lowest.setdefault(student, student) != student:
            student = lowest[student]
        return student

    first: dict[int, int] = {}
    for guardian, student in sorted(pairs):
        one, other = root(first.setdefault(guardian, student)), root(student)
        lowest[max(one, other)] = min(one, other)
    return {guardian: root(student) for guardian, student in first.items()}


def outcome(state: str | None, reason: str | None, *, halted: bool = False) -> Outcome:
    """What became of a copy, by the state and reason of its outbox row; None: it was never owed.

    `halted`: the broadcast is paused, stopped or taken back, so what was on its way and came back stays here.
    """
    match state, reason:
        case None, _:
            return Outcome.PAPER
        case "sent", _:
            return Outcome.SENT
        case "cancelled", "paused" | "stopped" | "recalled":
            return Outcome.HELD
        case "cancelled", "not true any more" if halted:
            return Outcome.HELD
        case "cancelled", "expired":
            return Outcome.FAILED
        case "cancelled", _:
            return Outcome.LEFT
        case "dead", "no open door":
            return Outcome.BLOCKED
        case "dead", "uncertain" | "attempts":
            return Outcome.UNCERTAIN
        case "dead", _:
            return Outcome.FAILED
        case _:
            return Outcome.WAITING


@dataclass(frozen=True)
class Counts:
    """How many copies stand where."""

    by_outcome: Mapping[Outcome, int]
    seen: int = 0
    answered: int = 0

    @classmethod
    def of(cls, outcomes: Collection[Outcome], seen: int = 0, answered: int = 0) -> "Counts":
        return cls(Counter(outcomes), seen, answered)

    def __getitem__(self, outcome: Outcome) -> int:
        return self.by_outcome.get(outcome, 0)

    @property
    def readers(self) -> int:
        return sum(self.by_outcome.values())

    @property
    def to_send(self) -> int:
        """Copies that were to leave by a chat."""
        return self.readers - self[Outcome.PAPER]

    def mark(self) -> list[int]:
        """The same numbers as a list, to see whether anything moved."""
        return [*(self[one] for one in Outcome), self.seen, self.answered]


def bar(done: int, of: int, width: int = 10) -> str:
    """A bar of text; it is full only when all is done."""
    filled = 0 if of == 0 else done * width // of
    return "▰" * filled + "▱" * (width - filled)


def check_choices(lines: Sequence[str]) -> list[str]:
    """The answers an author wrote, one a line, as kept; fewer than two are none."""
    found = list(dict.fromkeys(" ".join(line.split())[:CHOICE_LIMIT] for line in lines if line.strip()))
    return found[:CHOICES_LIMIT] if len(found) > 1 else []


_EXCERPT = 60


def excerpt(text: str) -> str:
    """The beginning of a text, on one line: whole words, at most 61 characters, with "…" where something is left out."""
    words = " ".join(text.split())
    if len(words) <= _EXCERPT:
        return words
    cut = words[: _EXCERPT + 1].rfind(" ")
    return f"{words[: cut if cut > 0 else _EXCERPT].rstrip(' .,;:…')}…"
