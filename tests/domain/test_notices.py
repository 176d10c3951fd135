"""Notices travel as ids through the outbox and come back as they were."""

import json
from dataclasses import FrozenInstanceError, fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices import KINDS, EveningPrompt, Notice, ReplyReceived, read

VALUES: dict[Any, st.SearchStrategy[Any]] = {int: st.integers(1, 2**53), date: st.dates(), bool: st.booleans()}


def notices(kind: type[Notice]) -> st.SearchStrategy[Notice]:
    return st.builds(kind, **{field.name: VALUES[field.type] for field in fields(kind)})


@given(st.one_of(*map(notices, KINDS.values())))
def test_a_notice_comes_back_from_json_as_it_was(notice: Notice) -> None:
    assert read(notice.kind, json.loads(json.dumps(notice.payload()))) == notice


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_notice_carries_ids_and_dates_and_never_words(kind: type[Notice]) -> None:
    assert {field.type for field in fields(kind)} <= {int, date, bool}


def test_the_kinds_are_part_of_what_lies_in_the_outbox_and_never_change() -> None:
    assert set(KINDS) >= {"evening_prompt", "reply_received", "invitation_redeemed", "talk_wanted", "talk_taken"}
    assert all(cls.kind == kind for kind, cls in KINDS.items())


def test_a_kind_of_a_newer_version_is_refused() -> None:
    with pytest.raises(KeyError):
        read("from_tomorrow", {})


def test_a_payload_that_does_not_fit_its_kind_is_refused() -> None:
    with pytest.raises(TypeError):
        read("reply_received", {"absence_id": 1})


def test_a_notice_cannot_be_changed() -> None:
    notice = ReplyReceived(reply_id=1)

    with pytest.raises(FrozenInstanceError):
        notice.reply_id = 2  # type: ignore[misc]
    assert EveningPrompt(date(2026, 11, 24)).payload() == {"day": "2026-11-24"}
