"""People, their roles, their guardians, the doors they can be reached by, and the invitations that open them.

Refuses clear names and contacts: they are sealed, and found again only through a keyed index.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from domain.people import DoorKind, DoorState, GuardianKind, Language, Role
from storage.tables.base import Table, choice, json_value, secret, to


class Person(Table, table=True):
    """Anyone the school knows. `sixteen_on` is the sixteenth birthday, the one thing kept of a birth date."""

    id: int | None = Field(default=None, primary_key=True)
    first_name: str = secret()
    last_name: str | None = secret(default=None)
    language: Language = choice(Language, default=Language.FRENCH)
    active_role: Role | None = choice(Role, default=None, nullable=True)
    sixteen_on: date | None = None
    created_at: datetime
    left_at: datetime | None = None


class RoleGrant(Table, table=True):
    """A role of a person, school-wide, or scoped to one section or one group."""

    __tablename__ = "role_grant"
    __table_args__ = (CheckConstraint("section_id IS NULL OR group_id IS NULL", name="one_scope"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = to("person.id")
    role: Role = choice(Role)
    section_id: int | None = to("section.id", default=None)
    group_id: int | None = to("learning_group.id", default=None)
    granted_at: datetime
    revoked_at: datetime | None = None


class Guardianship(Table, table=True):
    """Who answers for a student, in which order, told of what; `no_contact` overrules everything."""

    __table_args__ = (
        UniqueConstraint("guardian_id", "student_id"),
        UniqueConstraint("student_id", "position"),
        CheckConstraint("position >= 1", name="position_from_one"),
    )

    id: int | None = Field(default=None, primary_key=True)
    guardian_id: int = to("person.id")
    student_id: int = to("person.id")
    kind: GuardianKind = choice(GuardianKind)
    position: int
    rights: list[str] = json_value(default_factory=list)
    no_contact: bool = False
    since: datetime


class Door(Table, table=True):
    """A way to reach a person. The address is sealed; `address_index` finds it again."""

    __table_args__ = (UniqueConstraint("kind", "address_index"), UniqueConstraint("person_id", "position"))

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = to("person.id")
    kind: DoorKind = choice(DoorKind)
    address: str = secret()
    address_index: str = Field(max_length=64)
    state: DoorState = choice(DoorState, default=DoorState.OPEN)
    state_since: datetime | None = None
    position: int
    opened_at: datetime


class Invitation(Table, table=True):
    """A single-use secret that binds a chat to a person; only its hash is kept."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    person_id: int = to("person.id")
    invited_by: int | None = to("person.id", default=None, ondelete="SET NULL")
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
