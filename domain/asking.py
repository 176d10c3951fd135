"""The form of a request: one question after the other, each of which may be left open, and every answer kept.

Refuses to lose a word: what cannot be read as an answer is kept as it was written, when its writer wants that.
"""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from domain.measures import MOST_PIECES, NeedsUnit, Unit, pieces_in, read_count, read_dimensions, read_mileage
from domain.plates import LONGEST, Plate, PlateFault, read_plate
from domain.requests import NAME_LIMIT, TEXT_LIMIT, Details, Finish, Trade, with_words
from domain.tyres import read_tyre
from domain.work import FREE, OWN, Step, steps_of, works_of


class Fault(StrEnum):
    """Why an answer was not understood, so that its writer can be told exactly."""

    TYRE = "tyre"
    COUNT = "count"
    MILEAGE = "mileage"
    SIZE = "size"
    UNIT = "unit"
    CHOOSE = "choose"  # it is kept, and one of the keys is still to be pressed
    DATE = "date"
    CONTACT = "contact"
    SIRET_LENGTH = "siret_length"
    SIRET_WRONG = "siret_wrong"
    PLATE_LETTERS = "plate_letters"
    PLATE_SS = "plate_ss"
    PLATE_ZERO = "plate_zero"
    PLATE_LENGTH = "plate_length"
    PLATE_DEPARTMENT = "plate_department"
    PLATE_UNKNOWN = "plate_unknown"


UNKNOWN, CALL, KEEP, NEXT, BACK = "?", "call", "keep", "next", "back"
"""What may be answered to any question: I do not know, call me, keep what I wrote, go on, the question before."""


@dataclass(frozen=True)
class Draft:
    """A request that is being written. `typed` is what was not understood, `changing` an answer looked at from the end."""

    step: Step = Step.SECTION
    section_id: int | None = None
    section: str = ""
    trade: Trade | None = None
    works: tuple[str, ...] = ()
    kind: str | None = None
    details: Details = field(default_factory=Details)
    wanted_on: date | None = None
    professional: bool | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    siret: str | None = None
    open_steps: tuple[str, ...] = ()
    """Those after the work's own that were left open, and the files when they are all there."""
    typed: str | None = None
    changing: bool = False

    @property
    def begun(self) -> bool:
        """Whether there is anything to go on with."""
        return self.section_id is not None or self.details != Details()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All questions of this request, as far as they are known."""
        work = self.details.work if self.works else self.kind
        return steps_of(self.trade, work, self.works, fitting=self.details.fitting, professional=self.professional)

    def to_json(self) -> str:
        """As it is kept, sealed."""
        values = asdict(self) | {"details": json.loads(self.details.to_json())}
        if self.wanted_on is not None:
            values["wanted_on"] = self.wanted_on.isoformat()
        return json.dumps(values)

    @classmethod
    def from_json(cls, kept: str) -> "Draft":
        """What `to_json` wrote."""
        values: dict[str, Any] = json.loads(kept)
        values["details"] = Details.read(values["details"])
        values["step"] = Step(values["step"])
        values["trade"] = Trade(values["trade"]) if values["trade"] else None
        values["wanted_on"] = date.fromisoformat(values["wanted_on"]) if values["wanted_on"] else None
        for key in ("works", "open_steps"):
            values[key] = tuple(values[key])
        return cls(**values)


Read = tuple[Draft, Fault | None]


def has_answer(draft: Draft, step: Step) -> bool:
    """Whether a question was answered, or left open on purpose."""
    told = draft.details
    if step in told.unknown or step in draft.open_steps:
        return True
    match step:
        case Step.SECTION:
            return draft.section_id is not None
        case Step.WORK:
            return draft.kind is not None
        case Step.TYRE:
            return told.tyre is not None
        case Step.COUNT:
            return told.count is not None
        case Step.PLATE:
            return told.plate is not None
        case Step.MILEAGE:
            return told.mileage is not None
        case Step.SIZE:
            return bool(told.dimensions)
        case Step.FINISH:
            return told.finish is not None
        case Step.FITTING:
            return told.fitting is not None
        case Step.PLACE:
            return told.place is not None
        case Step.DATE:
            return draft.wanted_on is not None
        case Step.WHO:
            return draft.professional is not None
        case Step.CONTACT:
            return draft.name is not None
        case Step.SIRET:
            return draft.siret is not None
        case _:
            return False


def at(draft: Draft, step: Step) -> Draft:
    """The draft with this question in front."""
    return replace(draft, step=step, typed=None)


def following(draft: Draft, step: Step) -> Draft:
    """On to the first question after `step` that nobody has answered; from a change at the end, back to the end."""
    steps = draft.steps
    if draft.changing and all(
        has_answer(draft, one) for one in steps if one is not Step.SUMMARY and one is not Step.WORDS
    ):
        return at(draft, Step.SUMMARY)
    after = steps[steps.index(step) + 1 :] if step in steps else steps[1:]
    if draft.details.call and step not in (Step.WHO, Step.CONTACT, Step.SIRET):
        after = steps[steps.index(Step.WHO) :]
    return at(draft, next((one for one in after if not has_answer(draft, one)), Step.SUMMARY))


def before(draft: Draft) -> Draft:
    """The question before this one."""
    steps = draft.steps
    place = steps.index(draft.step) if draft.step in steps else 1
    return at(replace(draft, changing=False), steps[max(place - 1, 0)])


def in_section(draft: Draft, section_id: int, name: str, trade: Trade | None, works: tuple[str, ...]) -> Draft:
    """The section is chosen. Of another one, what was answered about the work does not hold any more; words and contact do."""
    if draft.section_id == section_id:
        return following(draft, Step.SECTION)
    told = Details(words=draft.details.words, tyre=draft.details.tyre, count=draft.details.count)
    kind = None if works_of(trade, works) else FREE
    made = replace(draft, section_id=section_id, section=name, trade=trade, works=works, kind=kind, details=told)
    return following(made, Step.SECTION)


def choose(draft: Draft, step: Step, value: str) -> Read:
    """A key was pressed. One that fits no question changes nothing."""
    if value == BACK:
        return before(draft), None
    if step not in draft.steps:
        return draft, None
    if step is Step.WORK and value in (UNKNOWN, CALL) and draft.kind is None:
        draft = replace(draft, kind=FREE)
    if value == CALL:
        called = replace(draft, details=replace(draft.details, call=True), typed=None)
        return (following(called, step) if step is not Step.CONTACT else _left_open(called, step)), None
    if value == KEEP and draft.typed is not None:
        told = _kept_plate(draft) if step is Step.PLATE else with_words(draft.details, draft.typed)
        return _left_open(replace(draft, details=told), step), None
    if value in (UNKNOWN, NEXT, KEEP):
        return _left_open(draft, step), None
    made = _chosen(draft, step, value)
    return (draft, None) if made is None else (following(made, step), None)


def _kept_plate(draft: Draft) -> Details:
    return replace(draft.details, plate=(draft.typed or "").upper()[:LONGEST])


def _left_open(draft: Draft, step: Step) -> Draft:
    if step in (Step.SECTION, Step.SUMMARY):
        return draft
    if step in (Step.DATE, Step.WHO, Step.CONTACT, Step.SIRET, Step.FILES, Step.WORDS):
        made = replace(draft, open_steps=tuple(dict.fromkeys([*draft.open_steps, step.value])))
        made = replace(made, professional=False) if step is Step.WHO and made.professional is None else made
    elif step is Step.WORK or has_answer(draft, step):
        made = draft
    else:
        made = replace(draft, details=replace(draft.details, unknown=(*draft.details.unknown, step.value)))
    return following(made, step)


def _chosen(draft: Draft, step: Step, value: str) -> Draft | None:
    told = _known_now(draft.details, step)
    match step:
        case Step.WORK:
            return _with_work(draft, value)
        case Step.TYRE:
            size = read_tyre(value)
            return replace(draft, details=replace(told, tyre=size)) if size is not None else None
        case Step.COUNT:
            return replace(draft, details=replace(told, count=_number(value))) if _number(value) else None
        case Step.SIZE if value in set(Unit):
            lengths = read_dimensions(draft.typed or "", Unit(value))
            return replace(draft, details=replace(told, dimensions=lengths)) if isinstance(lengths, tuple) else None
        case Step.FINISH if value in set(Finish):
            return replace(draft, details=replace(told, finish=Finish(value)))
        case Step.FITTING if value in ("yes", "no"):
            return replace(draft, details=replace(told, fitting=value == "yes"))
        case Step.DATE if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return replace(draft, wanted_on=date.fromisoformat(value), open_steps=_closed(draft, step))
        case Step.WHO if value in ("pro", "private"):
            return replace(draft, professional=value == "pro", open_steps=_closed(draft, step))
        case _:
            return None


def _closed(draft: Draft, step: Step) -> tuple[str, ...]:
    return tuple(one for one in draft.open_steps if one != step)


def _known_now(details: Details, step: Step) -> Details:
    return replace(details, unknown=tuple(one for one in details.unknown if one != step))


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and 0 < int(value) <= MOST_PIECES else None


def _with_work(draft: Draft, value: str) -> Draft | None:
    works = works_of(draft.trade, draft.works)
    if draft.works:
        if not value.isdecimal() or int(value) >= len(works):
            return None
        return replace(draft, kind=OWN, details=replace(draft.details, work=works[int(value)]))
    return replace(draft, kind=value) if value in works else None


def type_in(draft: Draft, text: str) -> Read:
    """Something was written: the answer to the question at hand, or, where keys are meant, more words.

    A contact and a SIRET are not read here: their rules are a library's (services.requests.contacts).
    """
    step, told = draft.step, _known_now(draft.details, draft.step)
    text = " ".join(text.split())[:TEXT_LIMIT]
    match step:
        case Step.TYRE:
            pieces, rest = pieces_in(text)
            size = read_tyre(rest) or read_tyre(text)
            if size is None:
                return _not_read(draft, text, Fault.TYRE)
            told = replace(told, tyre=size, count=pieces or told.count)
        case Step.COUNT:
            count = read_count(text)
            if count is None:
                return _not_read(draft, text, Fault.COUNT)
            told = replace(told, count=count)
        case Step.PLATE:
            plate = read_plate(text)
            if isinstance(plate, PlateFault):
                return _not_read(draft, text, Fault(f"plate_{plate.value}"))
            told = replace(told, plate=_text_of(plate))
        case Step.MILEAGE:
            mileage = read_mileage(text)
            if mileage is None:
                return _not_read(draft, text, Fault.MILEAGE)
            told = replace(told, mileage=mileage)
        case Step.SIZE:
            return _read_size(draft, told, text)
        case Step.PLACE:
            told = replace(told, place=text[:NAME_LIMIT])
        case Step.WORDS:
            told = with_words(told, text)
            return _left_open(replace(draft, details=told, typed=None), step), None
        case Step.FILES | Step.SUMMARY:
            return replace(draft, details=with_words(told, text), typed=None), None
        case _:
            return _gleaned(draft, text), Fault.DATE if step is Step.DATE else Fault.CHOOSE
    return following(replace(draft, details=told), step), None


def _text_of(plate: Plate) -> str:
    return plate.text


def _read_size(draft: Draft, told: Details, text: str) -> Read:
    pieces, rest = pieces_in(text)
    lengths = read_dimensions(rest)
    told = replace(told, count=pieces or told.count)
    if isinstance(lengths, NeedsUnit):
        return replace(draft, details=told, typed=rest), Fault.UNIT
    if lengths is None:
        return _not_read(replace(draft, details=told), text, Fault.SIZE)
    return following(replace(draft, details=replace(told, dimensions=lengths)), Step.SIZE), None


def _not_read(draft: Draft, text: str, fault: Fault) -> Read:
    return replace(draft, typed=text), fault


def _gleaned(draft: Draft, text: str) -> Draft:
    """Words where a key is meant: they are kept, and a tyre size in them answers its question beforehand."""
    pieces, rest = pieces_in(text)
    size = read_tyre(rest) or read_tyre(text)
    told = with_words(draft.details, text) if size is None else draft.details
    return replace(draft, details=replace(told, tyre=size or told.tyre, count=pieces or told.count), typed=None)


def piece_count(draft: Draft, count: int) -> Draft:
    """Of how many pieces the dimensions are; the question stays."""
    return replace(draft, details=replace(draft.details, count=count))


def said_contact(draft: Draft, name: str | None, phone: str | None, email: str | None) -> Draft:
    """The contact is known; what was not said now stays as it was."""
    made = replace(
        draft,
        name=(name or draft.name or "")[:NAME_LIMIT] or None,
        phone=phone or draft.phone,
        email=email or draft.email,
        open_steps=_closed(draft, Step.CONTACT),
    )
    return following(made, Step.CONTACT)


def said_siret(draft: Draft, siret: str) -> Draft:
    """The SIRET is a right one."""
    return following(replace(draft, siret=siret, open_steps=_closed(draft, Step.SIRET)), Step.SIRET)
