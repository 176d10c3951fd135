"""Who a person is to the school: roles, doors, languages, and the actor a conversation is held with.

Refuses any field about where people come from, what they believe or how healthy they are (RGPD art. 9).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", int)


class Language(StrEnum):
    """Languages of contact: a preference of the reader, never an origin."""

    FRENCH = "fr"
    ENGLISH = "en"
    TURKISH = "tr"
    ARABIC = "ar"
    PORTUGUESE = "pt"

    @classmethod
    def closest(cls, code: str | None) -> "Language":
        """The language for an IETF tag such as `pt-BR`; French when none fits."""
        short = (code or "").replace("_", "-").split("-")[0].lower()
        return cls(short) if short in set(cls) else cls.FRENCH


class Role(StrEnum):
    """What a person may do here. A visitor is somebody the school has not bound to a person yet."""

    VISITOR = "visitor"
    STUDENT = "student"
    GUARDIAN = "guardian"
    TRAINER = "trainer"
    BUSINESS = "business"
    DIRECTION = "direction"


MEMBERS = frozenset(Role) - {Role.VISITOR}
EVERYONE = frozenset(Role)


class GuardianKind(StrEnum):
    """Who answers for a student; often not a parent."""

    PARENT = "parent"
    TUTOR = "tutor"
    CHILD_WELFARE = "child_welfare"  # ASE
    HOME = "home"  # foyer
    HOST_FAMILY = "host_family"
    SELF = "self"  # the adult student


class GuardianRight(StrEnum):
    """The kinds of notice a guardian may receive about one student."""

    ABSENCE = "absence"
    MEETING = "meeting"
    STORY = "story"


class DoorKind(StrEnum):
    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    EMAIL = "email"
    SMS = "sms"


class DoorState(StrEnum):
    OPEN = "open"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"


@dataclass(frozen=True)
class Grant:
    """A role, school-wide or scoped to a section or a group."""

    role: Role
    section_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """The person on the other side of a chat, as they are at this very update."""

    language: Language
    grants: tuple[Grant, ...] = ()
    person_id: PersonId | None = None
    first_name: str = ""
    active_role: Role = Role.VISITOR
    door_id: int | None = None
    door_open: bool = True

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles held, each once, in the order of `Role`; a visitor holds only `VISITOR`."""
        held = {grant.role for grant in self.grants}
        return tuple(role for role in Role if role in held) or (Role.VISITOR,)

    @property
    def member_id(self) -> PersonId:
        """The id of a bound person; a visitor has none and never gets past the policy of a verb that asks for it."""
        if self.person_id is None:
            raise LookupError("a visitor is not a person of the school")
        return self.person_id


def choose_active(roles: tuple[Role, ...], wanted: Role | None) -> Role:
    """The role a person speaks in: the one they chose if they still hold it, else their first."""
    return wanted if wanted in roles else roles[0]


def may_use_telegram(sixteen_on: date | None, today: date) -> bool:
    """Whether a student may be bound to Telegram: its terms ask for 16 years in the European Union.

    `sixteen_on` is the day of the sixteenth birthday; unknown counts as too young.
    """
    return sixteen_on is not None and sixteen_on <= today
