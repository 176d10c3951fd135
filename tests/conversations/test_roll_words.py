"""Rolls and calls in every language, whoever is in them: they fit a message, their keys fit a key, and names stay names."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.absences import Announced, Announcement, Answer, Motive, Speaker
from domain.escalation import Why
from domain.people import Actor, Grant, GuardianKind, Language, PersonId, Role
from domain.rollcall import Code, Doubt, Half, Mark, RollState
from handlers.direction.attendance import _list_keys, _list_words
from handlers.roll_card import correct_keys, correct_words, roll_keys, roll_words, student_keys, student_words
from locales import use_language
from services.calls import Callee, ToCall
from services.rollcall import Line, Roll
from services.rollcall import ToCall as RollToCall
from tests.conversations.test_words import HOSTILE

NOW = datetime(2026, 11, 25, 7, 50, tzinfo=UTC)
BIG = 2_000_000_000


def lines(names: list[str], count: int) -> tuple[Line, ...]:
    """Students with every code, announced and not, answered and not."""
    said = Announcement(Announced.AWAY, Speaker.GUARDIAN, Motive.ILL)
    return tuple(
        Line(
            student_id=BIG + number,
            first_name=names[number % len(names)],
            last_name=names[(number + 1) % len(names)],
            mark=Mark(code, 240 if code is Code.LATE else None),
            announced=said if number % 3 == 0 else None,
            expected_at=NOW if code is Code.LATE else None,
            answer=Answer.SEEN if number % 2 else Answer.CALL_ME,
            told=code is not Code.PRESENT,
            seen=bool(number % 2),
        )
        for number, code in zip(range(count), list(Code) * count, strict=False)
    )


def roll(names: list[str], state: RollState, count: int = 27) -> Roll:
    return Roll(
        roll_id=BIG,
        session_id=BIG,
        group_id=BIG,
        group=names[0],
        title=names[-1],
        day=date(2026, 11, 25),
        starts=time(8, 30),
        ends=time(12),
        half=Half.MORNING,
        state=state,
        lines=lines(names, count),
        confirmed_by=names[0],
        due_at=NOW + timedelta(minutes=2),
        doubt=Doubt.MANY,
        away=11,
        was_final=state is RollState.FINAL,
    )


def size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", RollState)
def test_a_roll_fits_a_message_and_its_keys_fit(language: Language, state: RollState) -> None:
    with use_language(language):
        found = roll(HOSTILE, state)
        shown = [(roll_words(found, NOW), roll_keys(found)), (correct_words(found), correct_keys(found))]
        shown += [(student_words(found, line), student_keys(found, line, NOW)) for line in found.lines]
        for words, keys in shown:
            text, _entities = words.render()
            assert 0 < size(text) <= 4096
            for key in (key for row in keys.inline_keyboard for key in row):
                assert 0 < size(key.text) <= 90
                assert len((key.callback_data or "").encode()) <= 64
            assert sum(len(row) for row in keys.inline_keyboard) <= 100


def test_only_what_a_person_confirmed_has_the_same_version() -> None:
    found = roll(["Léa", "Sam"], RollState.OPEN)
    other = replace(found, lines=(replace(found.lines[0], mark=Mark(Code.EXCLUDED)), *found.lines[1:]))
    assert found.version == replace(found, state=RollState.FINAL).version
    assert found.version != other.version


def test_a_trainer_reads_no_reason() -> None:
    """Decision 10: that the school knows, and that the family answered; not what of it."""
    with use_language("fr"):
        text, _entities = roll_words(roll(["Léa"], RollState.FINAL), NOW).render()
    for reason in ("alad", "rendez-vous", "xclu", "appel demandé", "ne savait pas"):
        assert reason not in text


@pytest.mark.parametrize("language", Language)
def test_a_long_list_of_calls_fits_a_message(language: Language) -> None:
    calls = [
        ToCall(
            task_id=BIG,
            absence_id=BIG,
            first_name=HOSTILE[number % len(HOSTILE)] * 2,
            last_name=None,
            group=HOSTILE[(number + 6) % len(HOSTILE)],
            day=date(2026, 11, 25),
            half=Half.AFTERNOON,
            why=list(Why)[number % len(Why)],
            adult=None,
            opened_at=NOW,
            tries=3,
            tried_at=NOW,
            callees=(Callee("Claire", None, GuardianKind.PARENT, Language.FRENCH, None),),
        )
        for number in range(60)
    ]
    rolls = [
        RollToCall(BIG, None, "a" * 200, "b" * 200, date(2026, 11, 25), time(8, 30), time(12), None) for _ in range(60)
    ]
    helene = Actor(Language.FRENCH, (Grant(Role.DIRECTION),), PersonId(1), "Hélène", Role.DIRECTION)
    with use_language(language):
        text, _entities = _list_words(calls, rolls, date(2026, 11, 26)).render()
        keys = _list_keys(helene, calls, rolls, date(2026, 11, 26))
    assert size(text) <= 4096
    assert all(size(key.text) <= 90 for row in keys.inline_keyboard for key in row)
