"""Invitations: a secret that is long, used once, in time, and not to be guessed."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvitationExpired, InvitationUsed, TooManyGuesses
from domain.invitations import (
    GUESS_WINDOW,
    GUESSES,
    LIFETIME,
    Invitation,
    check,
    check_guesses,
    new_token,
    token_hash,
)
from tests.conftest import NOW

MOMENT = timedelta(microseconds=1)


def test_a_token_is_long_enough_fits_a_deep_link_and_never_comes_twice() -> None:
    tokens = {new_token() for _ in range(500)}

    assert len(tokens) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def test_only_a_hash_is_kept() -> None:
    token = new_token()

    assert token_hash(token) == token_hash(token) != token_hash(new_token())
    assert re.fullmatch(r"[0-9a-f]{64}", token_hash(token))
    assert token not in token_hash(token)


@pytest.mark.parametrize(
    ("expires_at", "used_at", "refusal"),
    [
        (NOW + LIFETIME, None, None),
        (NOW + MOMENT, None, None),
        (NOW, None, InvitationExpired),
        (NOW - MOMENT, None, InvitationExpired),
        (NOW + LIFETIME, NOW - LIFETIME, InvitationUsed),
        (NOW + LIFETIME, NOW, InvitationUsed),
        (NOW - MOMENT, NOW - LIFETIME, InvitationUsed),  # used is the kinder and truer answer
    ],
)
def test_an_invitation_opens_once_and_in_time(
    expires_at: datetime, used_at: datetime | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check(Invitation(expires_at, used_at), NOW)
    else:
        with pytest.raises(refusal):
            check(Invitation(expires_at, used_at), NOW)


@pytest.mark.parametrize(
    ("minutes_ago", "retry_in"),
    [
        ([], None),
        ([0] * (GUESSES - 1), None),
        ([0] * GUESSES, 30),
        ([10, 8, 6, 4, 2], 20),  # the oldest of the five leaves the window first
        ([2, 4, 6, 8, 10], 20),  # in whatever order they come
        ([29, 29, 29, 29, 29], 1),
        ([30, 1, 1, 1, 1], None),  # exactly as old as the window: forgotten
        ([50, 40, 10, 8, 6, 4, 2], 20),
        ([10, 8, 6, 4, 2, 1], 22),  # six wrong ones: two have to leave
    ],
)
def test_a_chat_that_guesses_has_to_wait(minutes_ago: list[int], retry_in: int | None) -> None:
    tries = [NOW - timedelta(minutes=minutes) for minutes in minutes_ago]
    if retry_in is None:
        check_guesses(tries, NOW)
    else:
        with pytest.raises(TooManyGuesses) as refusal:
            check_guesses(tries, NOW)
        assert refusal.value.retry_at == NOW + timedelta(minutes=retry_in)


@given(st.lists(st.integers(0, 3600), max_size=20))
def test_whoever_waits_as_told_is_let_in_again_and_not_before(seconds_ago: list[int]) -> None:
    tries = [NOW - timedelta(seconds=seconds) for seconds in seconds_ago]
    told = retry_at(tries, NOW)
    if told is not None:
        assert NOW < told <= NOW + GUESS_WINDOW
        assert retry_at(tries, told - MOMENT) == told
        assert retry_at(tries, told) is None


def retry_at(tries: list[datetime], now: datetime) -> datetime | None:
    """When a chat may try again; None when it may now."""
    try:
        check_guesses(tries, now)
    except TooManyGuesses as refusal:
        return refusal.retry_at
    return None
