"""What may be done with a request in which state, what is asked about which work, and what holds a flood back."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.requests import (
    FREE_A_DAY,
    FREE_AN_HOUR,
    MOST_A_DAY,
    TEXT_LIMIT,
    Act,
    Details,
    Finish,
    HoldReason,
    Refused,
    RequestState,
    may,
    reference,
    weigh,
    with_words,
)
from domain.tyres import TyreSize
from domain.work import MOST_STEPS, WORKS, Step, steps_of, trade_called

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLOSED = {RequestState.ACCEPTED, RequestState.DECLINED, RequestState.WITHDRAWN}


def test_details_come_back_as_they_were() -> None:
    told = Details(
        work="new_tyres",
        words="l'avant",
        plate="ZZ-229-ZZ",
        tyre=TyreSize(205, 55, "R", 16, "91", "V"),
        count=2,
        mileage=0,
        dimensions=(2500, 1200),
        finish=Finish.PRIMER,
        fitting=False,
        place="Dole",
        unknown=("plate",),
        call=True,
    )
    assert Details.from_json(told.to_json()) == told
    assert Details.from_json(Details().to_json()) == Details()


def test_a_reference_says_its_year() -> None:
    assert reference(2026, 42) == "D-2026-0042"
    assert reference(2026, 12345) == "D-2026-12345"


@pytest.mark.parametrize("act", Act)
def test_what_is_over_stays_over(act: Act) -> None:
    assert not any(may(act, state) for state in CLOSED)


def test_a_held_request_is_looked_at_before_anything_else() -> None:
    assert {act for act in Act if may(act, RequestState.HELD)} == {Act.APPROVE, Act.REFUSE, Act.WITHDRAW, Act.ADD}


@pytest.mark.parametrize(
    ("mine", "everybody", "words", "verdict"),
    [
        (0, 0, "un portail", None),
        (FREE_A_DAY - 1, FREE_AN_HOUR - 1, "", None),
        (FREE_A_DAY, 0, "", HoldReason.MANY_FROM_ONE),
        (0, FREE_AN_HOUR, "", HoldReason.MANY_AT_ONCE),
        (0, 0, "voir HTTPS://exemple.example", HoldReason.LINKS),
        (0, 0, "www.exemple.example", HoldReason.LINKS),
    ],
)
def test_a_flood_is_held_back(mine: int, everybody: int, words: str, verdict: HoldReason | None) -> None:
    assert weigh([NOW - timedelta(hours=2)] * mine, everybody, words, NOW) == verdict


def test_far_too_many_wait_until_the_oldest_is_a_day_old() -> None:
    mine = [NOW - timedelta(hours=hours) for hours in range(MOST_A_DAY)]
    assert weigh(mine, 0, "", NOW) == Refused(NOW - timedelta(hours=MOST_A_DAY - 1) + timedelta(days=1))


def test_nothing_that_was_typed_is_lost_and_nothing_is_said_twice() -> None:
    told = with_words(with_words(Details(), " rouge \n si possible"), "avant midi")
    assert told.words == "rouge si possible / avant midi"
    assert with_words(told, "avant midi") == told
    assert len(with_words(told, "x" * 3000).words or "") == TEXT_LIMIT


@pytest.mark.parametrize("trade", WORKS)
def test_no_work_asks_more_than_six_questions(trade: str) -> None:
    for work in WORKS[trade]:  # type: ignore[index]
        steps = steps_of(trade, work, (), fitting=True, professional=True)  # type: ignore[arg-type]
        own = steps[1 : steps.index(Step.DATE)]
        assert 1 < len(own) <= MOST_STEPS
        assert steps[-1] is Step.SUMMARY


def test_a_section_of_another_trade_asks_in_ones_own_words() -> None:
    free = steps_of(None, None, (), fitting=None, professional=False)
    assert free[:3] == (Step.SECTION, Step.WORDS, Step.COUNT)
    own = steps_of(None, "Taille de vigne", ("Taille de vigne", "Vendange"), fitting=None, professional=False)
    assert own[:3] == (Step.SECTION, Step.WORK, Step.WORDS)


def test_a_place_is_asked_for_what_is_fitted_and_a_siret_of_professionals() -> None:
    fitted = steps_of("metal", "gate", (), fitting=True, professional=True)  # type: ignore[arg-type]
    fetched = steps_of("metal", "gate", (), fitting=False, professional=False)  # type: ignore[arg-type]
    assert set(fitted) - set(fetched) == {Step.PLACE, Step.SIRET}


@pytest.mark.parametrize(
    ("name", "trade"),
    [("Pneus et Services", "tyres"), ("MÉTALLERIE", "metal"), ("Vigne", None), ("", None), ("Metal 2", "metal")],
)
def test_a_section_is_known_by_the_first_word_of_its_name(name: str, trade: str | None) -> None:
    assert trade_called(name) == trade
