"""The rules of an order as tables: six states, an honest delay, three lights, sums that can be traced."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import LightsMissing, OrderMoved, WorkBlocked
from domain.orders import (
    AcceptedLine,
    Light,
    Lights,
    Made,
    Regulated,
    Stuff,
    check_lights,
    check_move,
    counted_aloud,
    kept_promise,
    lines_from_text,
    lines_to_text,
    next_state,
    total,
    usual_delay,
)
from domain.school import OrderState
from domain.skills import codes_in, syllabus_of

TODAY = date(2026, 11, 24)
A, P, W, C, R, D = OrderState


@pytest.mark.parametrize(
    ("state", "wanted", "waiting", "again", "refused"),
    [
        (A, P, False, False, None),
        (P, W, False, False, None),
        (W, C, False, False, None),
        (C, R, False, False, None),
        (R, D, False, False, None),
        (C, W, False, True, None),
        (R, W, True, True, None),
        (P, W, False, True, None),
        (W, C, True, False, WorkBlocked),
        (A, P, True, False, WorkBlocked),
        (W, C, False, True, WorkBlocked),
        (R, D, False, True, WorkBlocked),
        (A, W, False, False, OrderMoved),
        (A, D, False, False, OrderMoved),
        (D, W, False, False, OrderMoved),
        (P, A, False, False, OrderMoved),
        (W, W, False, False, OrderMoved),
        (D, D, False, False, OrderMoved),
    ],
)
def test_an_order_goes_on_step_by_step(
    state: OrderState, wanted: OrderState, waiting: bool, again: bool, refused: type[Exception] | None
) -> None:
    if refused is None:
        check_move(state, wanted, waiting=waiting, again=again)
    else:
        with pytest.raises(refused):
            check_move(state, wanted, waiting=waiting, again=again)


def test_the_last_state_has_no_next() -> None:
    assert [next_state(state) for state in OrderState] == [P, W, C, R, D, None]


@pytest.mark.parametrize(
    ("days", "usual", "most", "few"),
    [
        ([4], 4, 4, True),
        ([2, 9], 9, 9, True),
        ([1, 2, 3, 4, 30], 3, 4, False),
        ([10, 1, 1, 1, 1, 1, 1, 1, 1, 10], 1, 1, False),
        ([5, 5, 5, 5, 5, 5, 5, 20, 20, 20], 5, 20, False),
        ([0, -1, 3], 0, 3, True),
    ],
)
def test_a_delay_is_what_the_record_says(days: list[int], usual: int, most: int, few: bool) -> None:
    delay = usual_delay(days)
    assert delay is not None
    assert (delay.usual, delay.most, delay.count, delay.few) == (usual, most, len(days), few)


def test_without_a_record_nothing_is_told() -> None:
    assert usual_delay([]) is None


@given(st.lists(st.integers(0, 200), min_size=1, max_size=60))
def test_a_delay_covers_half_and_four_in_five(days: list[int]) -> None:
    delay = usual_delay(days)
    assert delay is not None
    assert sum(day <= delay.usual for day in days) * 2 >= len(days)
    assert sum(day <= delay.most for day in days) * 5 >= len(days) * 4
    assert delay.usual <= delay.most or delay.most >= sorted(days)[len(days) // 2]


GREEN = Lights(TODAY, TODAY + timedelta(days=1), TODAY)


@pytest.mark.parametrize(
    ("lights", "missing"),
    [
        (GREEN, ()),
        (Lights(), tuple(Light)),
        (Lights(TODAY - timedelta(days=1), TODAY, TODAY), (Light.EXEMPTION,)),
        (Lights(TODAY, TODAY - timedelta(days=1), TODAY), (Light.CLEARED,)),
        (Lights(TODAY, None, TODAY), (Light.CLEARED,)),
        (Lights(TODAY, TODAY, TODAY + timedelta(days=1)), (Light.TRAINING,)),
        (Lights(TODAY, TODAY, None), (Light.TRAINING,)),
    ],
)
def test_a_regulated_work_needs_three_green_lights(lights: Lights, missing: tuple[Light, ...]) -> None:
    assert lights.missing(TODAY) == missing
    check_lights(None, lights, TODAY)
    if not missing:
        check_lights(Regulated.WELDING, lights, TODAY)
        return
    with pytest.raises(LightsMissing) as told:
        check_lights(Regulated.WELDING, lights, TODAY)
    assert told.value.missing == missing


def test_sums_are_traced_and_tyres_are_weighed_by_their_factor() -> None:
    sums = total(
        [
            (Stuff.TYRE, Made.REUSED, 3),
            (Stuff.TYRE, Made.REUSED, 1),
            (Stuff.METAL, Made.NEW, 12_500),
            (Stuff.TYRE, Made.NEW, 0),
        ]
    )
    assert [(one.stuff, one.made, one.amount, one.kg) for one in sums] == [
        (Stuff.TYRE, Made.REUSED, 4, Decimal("30.3")),
        (Stuff.METAL, Made.NEW, 12_500, Decimal("12.5")),
    ]


def test_a_promise_is_held_against_the_day_it_was_kept() -> None:
    assert kept_promise(TODAY, TODAY + timedelta(days=2)) == 2
    assert kept_promise(TODAY, TODAY - timedelta(days=1)) == -1
    assert kept_promise(None, TODAY) is None


@pytest.mark.parametrize(("people", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (23, 23)])
def test_a_small_group_is_not_counted_aloud(people: int, shown: int | None) -> None:
    assert counted_aloud(people) == shown


def test_lines_come_back_as_they_were_agreed() -> None:
    lines = (AcceptedLine("Pneu « été » 205/55", Decimal("2"), "pièce"), AcceptedLine("Montage", Decimal("1.5")))
    assert lines_from_text(lines_to_text(lines)) == lines
    assert lines_from_text(None) == ()


@pytest.mark.parametrize(
    ("trade", "since", "own", "found"),
    [
        ("tyres", date(2025, 9, 1), None, "mv_2025"),
        ("tyres", date(2025, 6, 30), None, "mv_2014"),
        ("tyres", date(2025, 9, 1), "mv_2014", "mv_2014"),
        ("metal", date(2024, 9, 2), None, "metallier_2021"),
        ("vine", date(2026, 9, 1), None, None),
    ],
)
def test_a_student_follows_the_list_of_their_year(trade: str, since: date, own: str | None, found: str | None) -> None:
    assert syllabus_of(trade, since, own) == found


def test_codes_belong_to_one_list() -> None:
    assert codes_in("mv_2025", ["mv_2014:C3.1.1", "mv_2025:C1.3"]) == ["C1.3"]
    assert codes_in(None, ["mv_2014:C3.1.1"]) == []
