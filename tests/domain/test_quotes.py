"""A quote's life: open until the evening of its last day, answered once, reminded in time; parts the law names."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.calendar import PARIS, SchoolCalendar
from domain.quotes import (
    Line,
    LineKind,
    PartFamily,
    PartsList,
    QuoteState,
    Standing,
    first_choice,
    joined,
    number_words,
    remind_at,
    standing,
)

LAST = date(2026, 12, 24)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("state", "when", "met"),
    [
        (QuoteState.SENT, at(LAST, 23, 59), Standing.OPEN),
        (QuoteState.SENT, at(date(2026, 12, 25), 0), Standing.EXPIRED),
        (QuoteState.SUPERSEDED, at(LAST, 12), Standing.SUPERSEDED),
        (QuoteState.ACCEPTED, at(date(2027, 3, 1), 12), Standing.ACCEPTED),
        (QuoteState.REFUSED, at(LAST, 12), Standing.REFUSED),
        (QuoteState.DRAFT, at(LAST, 12), Standing.SUPERSEDED),
    ],
)
def test_what_an_answer_meets(state: QuoteState, when: datetime, met: Standing) -> None:
    assert standing(state, LAST, when) is met


def test_a_client_is_reminded_three_days_before_and_never_right_after_the_quote() -> None:
    assert remind_at(LAST, at(date(2026, 11, 25), 10)) == at(date(2026, 12, 21), 9)
    assert remind_at(LAST, at(date(2026, 12, 20), 12)) is None


def test_in_the_holidays_the_reminder_comes_on_the_last_day_of_school() -> None:
    christmas = SchoolCalendar(holidays=frozenset(date(2026, 12, 19) + timedelta(days=ahead) for ahead in range(16)))
    assert remind_at(LAST, at(date(2026, 11, 25), 10), christmas) == at(date(2026, 12, 18), 9)
    assert remind_at(LAST, at(date(2026, 12, 17), 12), christmas) is None
    assert remind_at(date(2026, 12, 16), at(date(2026, 11, 25), 10)) == at(date(2026, 12, 11), 9), "not on a Sunday"


def test_the_same_thing_again_is_more_of_it() -> None:
    line = Line(LineKind.GOODS, "Pneu", Decimal(2), "u", Decimal(80), Decimal(20), 7)
    again = Line(LineKind.GOODS, "Pneu", Decimal(1), "u", Decimal(80), Decimal(20))
    other = Line(LineKind.GOODS, "Pneu", Decimal(1), "u", Decimal(81), Decimal(20))

    assert [one.quantity for one in joined([line], again)] == [Decimal(3)]
    assert joined([line], other) == [line, other]


def test_numbers_sort_as_they_were_given() -> None:
    assert number_words(2026, 7) == "DV-2026-0007"
    assert number_words(2026, 12345) == "DV-2026-12345"


def test_nothing_chosen_yet_is_everything() -> None:
    made = [Line(LineKind.GOODS, "x", Decimal(1), "u", Decimal(1), number=number) for number in (1, 2, 3)]
    assert first_choice(made, frozenset()) == {1, 2, 3}
    assert first_choice(made, frozenset({2, 9})) == {2}


PARTS = PartsList(
    source="essai",
    read_on=date(2026, 11, 23),
    checked=False,
    sentence="sous réserve",
    families=(PartFamily("pièces optiques", ("phare", "feu arrière")), PartFamily("carrosserie", ("rétroviseur",))),
    except_words=("frein",),
)


@pytest.mark.parametrize(
    ("kind", "label", "families"),
    [
        (LineKind.GOODS, "Phare avant droit", ("pièces optiques",)),
        (LineKind.GOODS, "RETROVISEUR gauche", ("carrosserie",)),
        (LineKind.GOODS, "Pneu 205/55 R16", ()),
        (LineKind.GOODS, "Plaquettes de frein, phare", ()),
        (LineKind.SERVICE, "Pose d'un phare", ()),
    ],
)
def test_the_parts_a_client_may_want_second_hand(kind: LineKind, label: str, families: tuple[str, ...]) -> None:
    assert PARTS.families_of([Line(kind, label, Decimal(1), "u", Decimal(10))]) == families
