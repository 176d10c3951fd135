"""Quotes on both databases: who may write and who may send, numbers without gaps, versions that stay, answers that count once."""

import asyncio
import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from domain.errors import (
    FourEyes,
    LineRefused,
    NotAllowed,
    NotPrinted,
    OnPaperOnly,
    PartsUndecided,
    QuoteClosed,
    QuoteIncomplete,
    QuotingNotSet,
    TooManyLines,
)
from domain.money import Discount
from domain.quote_fields import Particular
from domain.quote_terms import Agreement
from domain.quotes import LINES_LIMIT, LineKind, PartsChoice, QuoteState, Refusal, Standing
from services.quotes import answering, prices, sending, writing
from services.quotes.requests import waiting
from services.quotes.terms import Quoting
from storage.tables import JobRequest, Quote, WorkOrder
from storage.unit_of_work import Database
from tests.services.quoting_school import LINK, STRANGER, QuotingSchool, quoting


@pytest.fixture
async def school(database: Database) -> QuotingSchool:
    return await QuotingSchool(database).open()


async def test_a_student_prepares_and_an_adult_of_the_section_sends(school: QuotingSchool) -> None:
    request = await school.request()
    draft = await school.draft("ines", request)
    assert draft.by_student
    with pytest.raises(FourEyes):
        await school.send(draft.quote_id, "ines")
    proposed = await sending.propose(school.uow(), school.actor("ines"), draft.quote_id, school.quoting, school.now)
    assert proposed.state is QuoteState.PROPOSED
    assert await school.owed("quote_to_check") == [school.ids["karine"]]
    with pytest.raises(QuoteClosed):
        await writing.type_lines(
            school.uow(), school.actor("ines"), draft.quote_id, "valve 3", school.quoting, school.now
        )
    sent = await school.send(draft.quote_id)

    assert (sent.state, sent.number, sent.version) == (QuoteState.SENT, "DV-2026-0001", 1)
    assert (sent.prepared_by, sent.validated_by) == ("Inês", "Karine")
    assert await school.owed("quote_sent") == [(await school.client()).person_id]
    assert await school.owed("quote_checked") == [school.ids["ines"]]
    assert await school.owed("quote_to_check") == []


async def test_another_section_and_a_stranger_have_nothing_to_do_with_it(school: QuotingSchool) -> None:
    request = await school.request()
    for who in ("paul", "lea"):
        with pytest.raises(NotAllowed):
            await school.draft(who, request)
    sent = await school.send((await school.draft("karine", request)).quote_id)
    await school.request("Paul Client", chat=STRANGER)
    stranger = await school.client(STRANGER)
    for verb in (
        answering.own(school.uow(), stranger, sent.quote_id, school.now),
        answering.accept(school.uow(), stranger, sent.quote_id, "Paul Client", school.now),
        answering.refuse(school.uow(), stranger, sent.quote_id, Refusal.PRICE, None, school.now),
        writing.read(school.uow(), stranger, sent.quote_id, school.quoting, school.now),
        answering.own(school.uow(), stranger, 9999, school.now),
    ):
        with pytest.raises(NotAllowed):
            await verb


async def test_a_client_never_sees_a_draft(school: QuotingSchool) -> None:
    draft = await school.draft("karine", await school.request())
    with pytest.raises(NotAllowed):
        await answering.own(school.uow(), await school.client(), draft.quote_id, school.now)


async def test_it_is_given_back_with_a_word(school: QuotingSchool) -> None:
    draft = await school.draft("ines", await school.request())
    await sending.propose(school.uow(), school.actor("ines"), draft.quote_id, school.quoting, school.now)
    back = await sending.give_back(
        school.uow(), school.actor("karine"), draft.quote_id, "Il manque les valves", school.quoting, school.now
    )
    assert (back.state, back.returned_why) == (QuoteState.DRAFT, "Il manque les valves")
    assert await school.owed("quote_returned") == [school.ids["ines"]]
    again = await writing.type_lines(
        school.uow(), school.actor("ines"), draft.quote_id, "2 x valve 3,00", school.quoting, school.now
    )
    assert again.lines[-1].label == "Valve"


async def test_without_decisions_there_is_no_quote_and_what_is_missing_is_named(school: QuotingSchool) -> None:
    request = await school.request()
    school.quoting = Quoting()
    with pytest.raises(QuotingNotSet) as found:
        await school.draft("karine", request)
    assert "quote.charged" in {term.value for term in found.value.missing}


async def test_an_incomplete_quote_is_neither_printed_nor_sent(school: QuotingSchool) -> None:
    request = await school.request()
    view = await writing.begin(school.uow(), school.actor("karine"), request, school.quoting, school.now, work="x")
    for verb in (
        school.send(view.quote_id),
        sending.preview(school.uow(), school.actor("karine"), view.quote_id, school.quoting, LINK, school.now),
        sending.propose(school.uow(), school.actor("karine"), view.quote_id, school.quoting, school.now),
    ):
        with pytest.raises(QuoteIncomplete) as found:
            await verb
        assert {Particular.ADDRESS, Particular.PLATE, Particular.READY, Particular.LINES} <= set(found.value.missing)


async def test_lines_from_the_list_by_key_and_typed_keep_the_total_right(school: QuotingSchool) -> None:
    request = await school.request()
    actor, uow, terms, now = school.actor("ines"), school.uow, school.quoting, school.now
    view = await writing.begin(uow(), actor, request, terms, now, work="Deux pneus")
    offered = await prices.offered(uow(), school.sections["tyres"], "montage")
    assert [one.label for one in offered] == ["Montage d'un pneu"]
    for _ in range(2):
        view = await writing.add_price(uow(), actor, view.quote_id, offered[0].price_id, terms, now)
    assert [(line.label, line.quantity) for line in view.lines] == [("Montage d'un pneu", Decimal(2))]
    view = await writing.add_labour(uow(), actor, view.quote_id, Decimal("1.5"), "Main-d'œuvre", terms, now)
    view = await writing.add_travel(uow(), actor, view.quote_id, "Déplacement", terms, now)
    view = await writing.set_discount(uow(), actor, view.quote_id, Discount(percent=Decimal(10)), terms, now)
    view = await writing.set_rate(uow(), actor, view.quote_id, 2, Decimal(10), terms, now)
    assert [line.kind for line in view.lines] == [LineKind.SERVICE, LineKind.LABOUR, LineKind.TRAVEL]
    assert view.totals.net == Decimal("118.80")  # (25,00 + 72,00 + 35,00) less 10 %
    assert view.totals.total == Decimal("118.80") + Decimal("10.80") + Decimal("6.48")
    view = await writing.set_quantity(uow(), actor, view.quote_id, 3, Decimal(0), terms, now)
    assert len(view.lines) == 2
    with pytest.raises(LineRefused):
        await writing.type_lines(uow(), actor, view.quote_id, "montage 12 tva 7", terms, now)
    many = "\n".join(f"pièce {number} 1,00" for number in range(LINES_LIMIT + 1))
    with pytest.raises(TooManyLines):
        await writing.type_lines(uow(), actor, view.quote_id, many, terms, now)
    assert len((await writing.read(uow(), actor, view.quote_id, terms, now)).lines) == 2, "all or none"


async def test_two_trainers_at_once_leave_no_gap_in_the_numbers(school: QuotingSchool) -> None:
    drafts = []
    for _ in range(3):
        drafts.append((await school.draft("karine", await school.request())).quote_id)
        school.now += timedelta(hours=30)
    sent = await asyncio.gather(*(school.send(quote_id) for quote_id in drafts))
    assert sorted(view.number or "" for view in sent) == ["DV-2026-0001", "DV-2026-0002", "DV-2026-0003"]


async def test_a_failure_gives_the_number_back(school: QuotingSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = await school.draft("karine", await school.request())

    async def fails(_data: object) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr("services.quotes.sending.print_quote", fails)
        with pytest.raises(NotPrinted):
            await school.send(draft.quote_id)
    assert (await school.send(draft.quote_id)).number == "DV-2026-0001"


async def test_sent_twice_is_sent_once(school: QuotingSchool) -> None:
    draft = await school.draft("karine", await school.request())
    first = await school.send(draft.quote_id)
    second = await school.send(draft.quote_id)
    assert (first.number, first.sha256) == (second.number, second.sha256)
    assert len(await school.owed("quote_sent")) == 1


async def test_a_new_version_leaves_the_old_one_as_it_was(school: QuotingSchool) -> None:
    first = await school.sent()
    before = await answering.quote_file(school.uow(), first)
    request = first.request_id
    view = await writing.begin(school.uow(), school.actor("karine"), request, school.quoting, school.now, work="x")
    assert [line.label for line in view.lines] == [line.label for line in first.lines]
    await writing.type_lines(
        school.uow(), school.actor("karine"), view.quote_id, "remise 10 %", school.quoting, school.now
    )
    second = await school.send(view.quote_id)

    assert (second.number, second.version) == (first.number, 2)
    client = await school.client()
    old = await answering.own(school.uow(), client, first.quote_id, school.now)
    assert old.standing is Standing.SUPERSEDED
    assert old.totals == first.totals
    assert await answering.quote_file(school.uow(), old) == before
    assert hashlib.sha256(before).hexdigest() == old.sha256
    with pytest.raises(QuoteClosed) as found:
        await answering.accept(school.uow(), client, first.quote_id, "Marie Rossi", school.now)
    assert found.value.standing is Standing.SUPERSEDED
    assert (await answering.accept(school.uow(), client, second.quote_id, "Marie Rossi", school.now)).agreed_name


async def test_some_lines_are_accepted_and_the_order_is_opened_with_them(school: QuotingSchool) -> None:
    sent = await school.sent()
    client = await school.client()
    left_out = sent.lines[2].number
    view = await answering.turn_line(school.uow(), client, sent.quote_id, left_out, school.now)
    assert view.chosen_totals.net == sum((line.amount for line in sent.lines[:2]), Decimal(0))
    done = await answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now, start_now=True)

    assert (done.state, done.agreed_name, done.start_now) == (QuoteState.ACCEPTED, "Marie Rossi", True)
    assert done.chosen == {line.number for line in sent.lines[:2]}
    assert set(await school.owed("quote_answered")) == {school.ids["karine"]}
    assert await school.owed("quote_agreed") == [client.person_id]
    async with school.database.session(reading=True) as session:
        order = (await session.exec(select(WorkOrder).where(WorkOrder.quote_id == sent.quote_id))).one()
        request = await session.get_one(JobRequest, sent.request_id)
        row = await session.get_one(Quote, sent.quote_id)
    assert "Main" not in (order.lines or "")
    assert request.state.value == "accepted"
    assert row.agreed_key is not None
    assert hashlib.sha256(await school.uow().files.read(row.agreed_key)).hexdigest() == row.agreed_sha256


async def test_the_last_line_cannot_be_left_out_and_all_means_all(school: QuotingSchool) -> None:
    sent = await school.sent()
    client = await school.client()
    for line in sent.lines:
        view = await answering.turn_line(school.uow(), client, sent.quote_id, line.number, school.now)
    assert len(view.chosen) == 1
    view = await answering.keep_all(school.uow(), client, sent.quote_id, school.now)
    assert view.chosen_totals == view.totals


async def test_an_agreement_counts_once_even_at_the_same_instant(school: QuotingSchool) -> None:
    sent = await school.sent()
    client = await school.client()
    answers = await asyncio.gather(
        *(answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now) for _ in range(3)),
        return_exceptions=True,
    )
    refused = [one for one in answers if isinstance(one, QuoteClosed)]
    assert len(refused) == 2
    assert all(one.standing is Standing.ACCEPTED for one in refused)
    async with school.database.session(reading=True) as session:
        orders = await session.exec(select(WorkOrder.id).where(WorkOrder.quote_id == sent.quote_id))
    assert len(orders.all()) == 1
    with pytest.raises(QuoteClosed):
        await answering.refuse(school.uow(), client, sent.quote_id, Refusal.PRICE, None, school.now)
    with pytest.raises(QuoteClosed):
        await school.draft("karine", sent.request_id)


async def test_too_late_is_said_with_the_day_and_a_new_one_can_be_asked_for(school: QuotingSchool) -> None:
    sent = await school.sent()
    client = await school.client()
    school.now += timedelta(days=31)
    with pytest.raises(QuoteClosed) as found:
        await answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now)
    assert (found.value.standing, found.value.valid_until) == (Standing.EXPIRED, sent.valid_until)
    for _ in range(2):
        await answering.ask_anew(school.uow(), client, sent.quote_id, school.now)
    assert await school.owed("quote_anew_wanted") == [school.ids["karine"]], "once"


async def test_a_client_is_reminded_once_before_the_end_and_not_after_an_answer(school: QuotingSchool) -> None:
    sent = await school.sent()
    client = await school.client()
    assert await school.owed("quote_ends") == [client.person_id]
    await answering.refuse(school.uow(), client, sent.quote_id, Refusal.OTHER, "J'ai trouvé ailleurs", school.now)
    assert await school.owed("quote_ends") == []
    assert await school.owed("quote_answered") == [school.ids["karine"]]


async def test_second_hand_parts_are_asked_about_before_any_agreement(school: QuotingSchool) -> None:
    sent = await school.sent("phare avant 119,00", "pose du phare 30,00")
    assert sent.parts_open
    assert sent.families == ("pièces optiques",)
    client = await school.client()
    with pytest.raises(PartsUndecided):
        await answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now)
    school.now += timedelta(minutes=1)
    await answering.choose_parts(school.uow(), client, sent.quote_id, PartsChoice.REUSED, school.now)
    assert await school.owed("quote_anew_wanted") == [school.ids["karine"]]
    with pytest.raises(PartsUndecided):
        await answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now)
    school.now += timedelta(minutes=1)
    again = await school.send((await school.draft("karine", sent.request_id, "phare avant d'occasion 45,00")).quote_id)
    assert (again.parts, again.parts_open) == (PartsChoice.REUSED, False)
    done = await answering.accept(school.uow(), client, again.quote_id, "Marie Rossi", school.now)
    assert done.state is QuoteState.ACCEPTED


async def test_nobody_asks_a_professional_or_about_tyres(school: QuotingSchool) -> None:
    tyres = await school.sent()
    assert not tyres.parts_open
    garage = await school.sent(
        "phare avant 119,00", name="Garage des Tilleuls", professional=True, siret="73282932000074"
    )
    assert not garage.parts_open


async def test_paper_only_is_for_consumers_and_an_adult_records_it(school: QuotingSchool) -> None:
    school.quoting = quoting(agreement=Agreement.PAPER)
    sent = await school.sent()
    client = await school.client()
    with pytest.raises(OnPaperOnly):
        await answering.accept(school.uow(), client, sent.quote_id, "Marie Rossi", school.now)
    with pytest.raises(FourEyes):
        await answering.accept_on_paper(school.uow(), school.actor("ines"), sent.quote_id, school.now)
    done = await answering.accept_on_paper(school.uow(), school.actor("karine"), sent.quote_id, school.now)
    assert (done.state, done.on_paper, done.agreed_name) == (QuoteState.ACCEPTED, True, "Marie Rossi")
    trade = await school.sent(name="Garage", professional=True, siret="73282932000074", chat=STRANGER)
    agreed = await answering.accept(
        school.uow(), await school.client(STRANGER), trade.quote_id, "Ana Silva", school.now
    )
    assert agreed.state is QuoteState.ACCEPTED


async def test_what_waits_comes_first_on_the_list(school: QuotingSchool) -> None:
    sent = await school.sent()
    school.now += timedelta(hours=1)
    fresh = await school.request("Un autre", chat=STRANGER)
    lines = await waiting(school.uow(), school.actor("ines"), school.now)
    assert [(one.request_id, one.state) for one in lines] == [
        (fresh, None),
        (sent.request_id, QuoteState.SENT),
    ]
    assert await waiting(school.uow(), school.actor("lea"), school.now) == []


async def test_a_dropped_draft_leaves_no_trace_in_the_numbers(school: QuotingSchool) -> None:
    request = await school.request()
    draft = await school.draft("karine", request)
    await writing.drop(school.uow(), school.actor("karine"), draft.quote_id, school.now)
    sent = await school.send((await school.draft("karine", request)).quote_id)
    assert (sent.number, sent.version) == ("DV-2026-0001", 2)
    async with school.database.session(reading=True) as session:
        rows = await session.exec(select(Quote.number).where(col(Quote.number).is_not(None)))
    assert rows.all() == ["DV-2026-0001"]
