"""The form: every way through it ends, every question may stay open, and no word gets lost on the way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.asking import BACK, CALL, KEEP, UNKNOWN, Draft, Fault, at, choose, in_section, said_contact, type_in
from domain.requests import Trade
from domain.work import WORKS, Step

EVERY_WORK = [(trade, work) for trade in Trade for work in WORKS[trade]]


def begun(trade: Trade | None = Trade.TYRES, works: tuple[str, ...] = ()) -> Draft:
    return in_section(Draft(), 1, "Un atelier", trade, works)


@pytest.mark.parametrize(("trade", "work"), EVERY_WORK)
@pytest.mark.parametrize("professional", ["pro", "private"])
def test_whoever_knows_nothing_gets_to_the_end_and_never_twice_to_a_question(
    trade: Trade, work: str, professional: str
) -> None:
    draft, met = choose(begun(trade), Step.WORK, work)[0], []
    while draft.step is not Step.SUMMARY:
        assert draft.step not in met
        met.append(draft.step)
        value = professional if draft.step is Step.WHO else UNKNOWN
        draft = choose(draft, draft.step, value)[0]
    assert set(met) <= set(draft.steps)
    assert Draft.from_json(draft.to_json()) == draft


@pytest.mark.parametrize(("trade", "work"), [*EVERY_WORK, (None, None)])
def test_a_call_goes_straight_to_whom_to_call(trade: Trade | None, work: str | None) -> None:
    draft = begun(trade) if work is None else choose(begun(trade), Step.WORK, work)[0]
    draft = choose(draft, draft.step, CALL)[0]
    assert (draft.step, draft.details.call) == (Step.WHO, True)
    assert said_contact(choose(draft, Step.WHO, "private")[0], "Paul", None, None).step is Step.SUMMARY


def test_a_call_before_the_work_is_known_asks_for_any_work() -> None:
    assert choose(begun(), Step.WORK, CALL)[0].kind == "free"


@pytest.mark.parametrize(("trade", "work"), EVERY_WORK)
def test_the_way_back_leads_to_the_beginning(trade: Trade, work: str) -> None:
    draft = choose(begun(trade), Step.WORK, work)[0]
    draft = choose(draft, draft.step, UNKNOWN)[0]
    for _ in range(20):
        draft = choose(draft, draft.step, BACK)[0]
    assert draft.step is Step.SECTION


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=20
)


@given(st.sampled_from(EVERY_WORK), st.integers(0, 8), WORDS)
def test_what_is_not_understood_is_kept_when_its_writer_wants_that(
    chosen: tuple[Trade, str], questions: int, text: str
) -> None:
    draft = choose(begun(chosen[0]), Step.WORK, chosen[1])[0]
    for _ in range(questions):
        if draft.step in (Step.WHO, Step.SUMMARY):
            break
        draft = choose(draft, draft.step, UNKNOWN)[0]
    if draft.step in (Step.CONTACT, Step.SIRET):
        return
    step = draft.step
    read, fault = type_in(draft, text)
    if fault is not None and read.typed is not None and fault is not Fault.UNIT:
        kept = choose(read, step, KEEP)[0]
        assert text in (kept.details.words or "") or text.upper()[:16] == kept.details.plate
        assert kept.step is not step
    elif fault is not None and fault is not Fault.UNIT:
        assert text in (read.details.words or "") or read.details.tyre is not None
    assert Draft.from_json(read.to_json()) == read


@given(st.sampled_from(list(Step)), st.text(max_size=12))
def test_a_key_nobody_drew_breaks_nothing(step: Step, value: str) -> None:
    draft = at(choose(begun(), Step.WORK, "new_tyres")[0], Step.DATE)
    try:
        read, _fault = choose(draft, step, value)
    except ValueError:
        assert step is Step.DATE, "a date there is none of is refused by its caller"
        return
    assert Draft.from_json(read.to_json()) == read


def test_another_section_keeps_words_and_contact_and_forgets_the_rest() -> None:
    draft = choose(begun(Trade.METAL), Step.WORK, "gate")[0]
    draft = type_in(draft, "2 portails 3 m x 2 m")[0]
    draft = said_contact(draft, "Paul", "+33199001234", None)
    moved = in_section(draft, 2, "Pneus", Trade.TYRES, ())
    assert (moved.kind, moved.details.dimensions, moved.step) == (None, (), Step.WORK)
    assert (moved.name, moved.phone, moved.details.count) == ("Paul", "+33199001234", 2)


def test_a_change_at_the_end_comes_back_to_the_end() -> None:
    draft = choose(begun(), Step.WORK, "puncture")[0]
    while draft.step is not Step.SUMMARY:
        draft = choose(draft, draft.step, "private" if draft.step is Step.WHO else UNKNOWN)[0]
    changing = Draft.from_json(at(draft, Step.DATE).to_json().replace('"changing": false', '"changing": true'))
    done = choose(changing, Step.DATE, "2026-12-18")[0]
    assert (done.step, done.wanted_on) == (Step.SUMMARY, date(2026, 12, 18))
