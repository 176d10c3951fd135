"""An invented school with everything a day needs: people, groups, sessions, orders, invitations.

Refuses to be random: the same school every time, so that a story told once can be told again.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import local_date
from domain.invitations import token_hash
from domain.people import DoorKind, GuardianKind, GuardianRight, Language, Role
from domain.school import Equipment, OrderState, SessionKind
from domain.timetable import ImportState, Plan, SourceKind
from domain.work import trade_called
from services.requests.numbering import REQUESTS
from services.timetable.keeping import Kept
from storage.tables import (
    Door,
    Group,
    Guardianship,
    Invitation,
    Membership,
    OrderTask,
    Person,
    RoleGrant,
    Section,
    SessionOrder,
    TimetableImport,
    TimetableSession,
    TimetableSource,
    WorkOrder,
    YearlyNumber,
    metadata,
)

_WEEKS_BEFORE, _WEEKS_AFTER = 1, 4
_EVERYTHING = [right.value for right in GuardianRight]


@dataclass(frozen=True)
class Character:
    """One invented person. `chat_id` is their number in the web chat; `label` says who they are, for the page."""

    key: str
    chat_id: int
    first_name: str
    language: Language
    label: str
    role: Role | None
    group: str | None = None
    guardian_of: str | None = None
    position: int = 1
    kind: GuardianKind = GuardianKind.PARENT
    email: str | None = None

    @property
    def token(self) -> str:
        """The secret of their invitation. Fixed, because this school is a stage: real ones are 128 random bits."""
        return f"demo-{self.key}"


METAL, TYRES = "Métallerie 1", "Pneus 1"

CAST: tuple[Character, ...] = (
    Character("lea", 101, "Léa", Language.FRENCH, "élève, métallerie", Role.STUDENT, METAL),
    Character("claire", 201, "Claire", Language.FRENCH, "mère de Léa", Role.GUARDIAN, guardian_of="lea"),
    Character("paul", 301, "Paul", Language.FRENCH, "formateur, métallerie", Role.TRAINER, METAL),
    Character("helene", 401, "Hélène", Language.FRENCH, "direction", Role.DIRECTION),
    Character("garage", 501, "Garage des Tilleuls", Language.FRENCH, "entreprise, en visite", None),
    Character("amine", 103, "Amine", Language.ARABIC, "élève, pneus", Role.STUDENT, TYRES),
    Character("samira", 202, "Samira", Language.ARABIC, "mère d'Amine", Role.GUARDIAN, guardian_of="amine"),
    Character("karine", 302, "Karine", Language.FRENCH, "formatrice, pneus", Role.TRAINER, TYRES),
    Character("yusuf", 102, "Yusuf", Language.TURKISH, "élève, métallerie", Role.STUDENT, METAL),
    Character("ines", 104, "Inês", Language.PORTUGUESE, "élève, pneus", Role.STUDENT, TYRES),
    Character("sam", 105, "Sam", Language.ENGLISH, "élève, métallerie", Role.STUDENT, METAL),
    Character(
        "emine",
        203,
        "Emine",
        Language.TURKISH,
        "mère de Yusuf",
        Role.GUARDIAN,
        guardian_of="yusuf",
        email="emine@famille.example",
    ),
    Character(
        "orhan",
        204,
        "Orhan",
        Language.TURKISH,
        "oncle de Yusuf",
        Role.GUARDIAN,
        guardian_of="yusuf",
        position=2,
        kind=GuardianKind.TUTOR,
    ),
)

_ORDERS = {
    METAL: (
        "D-2026-0042",
        "un portail pour une ferme",
        ("📐 Tracer", "🪚 Débiter", "🔥 Souder", "✨ Meuler", "🔎 Contrôler"),
    ),
    TYRES: (
        "D-2026-0043",
        "quatre pneus d'hiver pour une camionnette",
        ("🔧 Démonter", "🛞 Monter", "⚖ Équilibrer", "🔎 Contrôler"),
    ),
}
_WORKSHOPS = {METAL: "Forge", TYRES: "Garage"}
_HOURS = (
    (time(8, 30), time(12, 0), SessionKind.WORKSHOP, "Atelier"),
    (time(13, 30), time(15, 0), SessionKind.LESSON, "Français et maths"),
    (time(15, 0), time(16, 30), SessionKind.WORKSHOP, "Atelier"),
)


async def empty(session: AsyncSession) -> None:
    """Remove every row of every table. Only for a demo's own database."""
    for table in reversed(metadata.sorted_tables):
        await session.exec(table.delete())


async def settle_in(
    session: AsyncSession, now: datetime, weeks: int = _WEEKS_AFTER, language: Language | None = None
) -> dict[str, int]:
    """Write the school as of `now`, with `weeks` of timetable after it and one before; returns person ids by key.

    `language` is everybody's; None lets each have their own.
    """
    ids: dict[str, int] = {}
    groups: dict[str, Group] = {}
    for code, name, group, equipment in (
        ("metal", "Métallerie", METAL, [Equipment.GLASSES, Equipment.GLOVES, Equipment.SHOES, Equipment.EARS]),
        ("tyres", "Pneus et Services", TYRES, [Equipment.GLOVES, Equipment.SHOES]),
    ):
        section = Section(code=code, name=name, equipment=[*equipment], trade=trade_called(name))
        session.add(section)
        await session.flush()
        groups[group] = Group(section_id=section.id or 0, name=group)
        session.add(groups[group])
        await session.flush()
        await _timetable(session, groups[group], section, now, weeks)
    session.add(
        YearlyNumber(series=REQUESTS, year=local_date(now).year, last=43)
    )  # the orders below came from two of them
    for character in CAST:
        if character.role is not None:
            ids[character.key] = await _person(session, character, groups, now, language)
    for character in CAST:
        if character.guardian_of:
            session.add(
                Guardianship(
                    guardian_id=ids[character.key],
                    student_id=ids[character.guardian_of],
                    kind=character.kind,
                    position=character.position,
                    rights=_EVERYTHING,
                    since=now,
                )
            )
    for character in CAST:
        if character.email is not None:
            session.add(
                Door(
                    person_id=ids[character.key],
                    kind=DoorKind.EMAIL,
                    address=character.email,
                    address_index=character.token,
                    position=9,  # behind every chat
                    opened_at=now,
                )
            )
        if character.role is not None:
            session.add(
                Invitation(
                    token_hash=token_hash(character.token),
                    person_id=ids[character.key],
                    invited_by=None if character.role is Role.DIRECTION else ids["helene"],
                    created_at=now,
                    expires_at=now + timedelta(days=60),
                )
            )
    await session.flush()
    return ids


async def import_timetable(session: AsyncSession, now: datetime) -> None:
    """Let the timetable come from a calendar per group, so that a newer one (docs/exemples) changes it. After `settle_in`."""
    rows = await session.exec(
        select(TimetableSession, Group, Section)
        .join(Group, col(Group.id) == col(TimetableSession.group_id))
        .join(Section, col(Section.id) == col(Group.section_id))
    )
    nothing = Kept.of(Plan(), (), alerts=0, digest=0, read=0).text()
    sources: dict[int, TimetableSource] = {}
    for lesson, group, section in rows.all():
        if group.id not in sources:
            source = TimetableSource(name=group.name, kind=SourceKind.FILE, group_id=group.id, created_at=now)
            session.add(source)
            await session.flush()
            sources[group.id or 0] = source
            session.add(
                TimetableImport(
                    source_id=source.id or 0, at=now, state=ImportState.APPLIED, plan=nothing, settled_at=now
                )
            )
        lesson.source_id, lesson.occurrence = sources[group.id or 0].id, ""
        lesson.uid = f"{section.code}-{lesson.day:%Y%m%d}-{lesson.starts:%H%M}@ecole.example"
        lesson.place = "Salle 1" if lesson.kind is SessionKind.LESSON else _WORKSHOPS[group.name]
        session.add(lesson)


async def _person(
    session: AsyncSession, character: Character, groups: dict[str, Group], now: datetime, language: Language | None
) -> int:
    person = Person(
        first_name=character.first_name,
        language=language or character.language,
        sixteen_on=date(2026, 3, 2) if character.role is Role.STUDENT and character.key != "sam" else None,
        created_at=now,
    )
    session.add(person)
    await session.flush()
    group = groups[character.group] if character.group else None
    scope = group.id if group is not None and character.role is Role.TRAINER else None
    session.add(
        RoleGrant(person_id=person.id or 0, role=character.role or Role.VISITOR, group_id=scope, granted_at=now)
    )
    if group is not None and character.role is Role.STUDENT:
        session.add(
            Membership(person_id=person.id or 0, group_id=group.id or 0, since=local_date(now) - timedelta(days=80))
        )
    return person.id or 0


async def _timetable(session: AsyncSession, group: Group, section: Section, now: datetime, weeks: int) -> None:
    today = local_date(now)
    reference, title, tasks = _ORDERS[group.name]
    order = WorkOrder(reference=reference, section_id=section.id or 0, title=title, state=OrderState.WORKSHOP)
    session.add(order)
    await session.flush()
    for position, task in enumerate(tasks, 1):
        icon, _, label = task.partition(" ")
        session.add(OrderTask(order_id=order.id or 0, position=position, icon=icon, label=label))
    days = [today + timedelta(days=offset) for offset in range(-_WEEKS_BEFORE * 7, weeks * 7)]
    rows = [
        TimetableSession(group_id=group.id or 0, day=day, starts=starts, ends=ends, kind=kind, title=name)
        for day in days
        if day.weekday() < 5
        for starts, ends, kind, name in _HOURS
    ]
    session.add_all(rows)
    await session.flush()
    session.add_all(
        SessionOrder(session_id=row.id or 0, order_id=order.id or 0) for row in rows if row.kind is SessionKind.WORKSHOP
    )
