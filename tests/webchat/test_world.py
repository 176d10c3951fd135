"""The rules, without a server: every act is facts, written before it is true."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from webchat.errors import BadRequest, Forbidden, PersonError
from webchat.model import JSON, BotAccount, Markup, Once, Person, Reply
from webchat.world import World

KEY = {"inline_keyboard": [[{"text": "k", "callback_data": "d"}]]}


class Ids:
    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> str:
        self.last += 1
        return f"{self.last:08d}"


def make(write: Any = lambda facts: None) -> World:
    world = World(write, Ids())
    world.people = {1: Person(1, "Léa"), 2: Person(2, "Paul")}
    world.add_bot(BotAccount("9:x", "b", "B"), NOW)
    return world


@pytest.fixture
def world() -> World:
    return make()


def kinds(world: World) -> list[str]:
    return [next(k for k in update if k != "update_id") for update in world.updates(9, NOW)]


def test_nothing_is_true_that_is_not_written() -> None:
    def full(facts: list[JSON]) -> None:
        if facts[0]["e"] == "message":
            raise OSError("disk full")

    world = make(full)
    with pytest.raises(OSError, match="disk full"):
        world.say(9, 1, {"text": "perdu"}, NOW)
    assert not world.state.chats
    assert world.updates(9, NOW) == []


def test_one_act_is_one_line_of_the_journal() -> None:
    lines: list[list[JSON]] = []
    world = make(lines.append)
    world.say(9, 1, {"text": "a"}, NOW)
    assert [fact["e"] for fact in lines[-1]] == ["message", "update"]


def test_who_may_write_to_whom(world: World) -> None:
    with pytest.raises(BadRequest, match="chat not found"):
        world.post(9, 77, [{"text": "x"}], NOW)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        world.post(9, 1, [{"text": "x"}], NOW)
    world.say(9, 1, {"text": "a"}, NOW)
    world.post(9, 1, [{"text": "x"}], NOW)
    world.block(9, 1, True, NOW)
    with pytest.raises(Forbidden, match="blocked by the user"):
        world.post(9, 1, [{"text": "x"}], NOW)
    world.block(9, 1, True, NOW)
    world.say(9, 1, {"text": "revenue"}, NOW)
    assert kinds(world) == ["message", "my_chat_member", "my_chat_member", "message"]


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), (" \n", "empty"), ("x" * 4097, "too_long")])
def test_what_a_person_may_say(world: World, text: str, reason: str) -> None:
    with pytest.raises(PersonError) as refusal:
        world.say(9, 1, {"text": text}, NOW)
    assert refusal.value.reason == reason


def test_a_key_must_be_there_to_be_pressed(world: World) -> None:
    world.say(9, 1, {"text": "a"}, NOW)
    (m,) = world.post(9, 1, [{"text": "x"}], NOW, Markup(inline=KEY))
    with pytest.raises(PersonError, match="gone"):
        world.press(9, 1, m["message_id"], "other", NOW, Once("a", ""))
    with pytest.raises(PersonError, match="gone"):
        world.press(9, 2, m["message_id"], "d", NOW, Once("a", ""))
    query = world.press(9, 1, m["message_id"], "d", NOW, Once("b", ""))
    world.edit(9, 1, m["message_id"], {"text": "y"}, None, NOW)
    with pytest.raises(PersonError, match="gone"):
        world.press(9, 1, m["message_id"], "d", NOW, Once("c", ""))
    world.answer(9, query, "", False, None, NOW + timedelta(seconds=150))
    with pytest.raises(BadRequest, match="query is too old"):
        world.answer(9, query, "", False, None, NOW)


def test_an_update_shows_the_message_as_it_was(world: World) -> None:
    world.say(9, 1, {"text": "a"}, NOW)
    (m,) = world.post(9, 1, [{"text": "avant"}], NOW, Markup(inline=KEY))
    world.press(9, 1, m["message_id"], "d", NOW, Once("b", ""))
    world.edit(9, 1, m["message_id"], {"text": "après"}, None, NOW)
    assert world.updates(9, NOW)[-1]["callback_query"]["message"]["text"] == "avant"


def test_pins_stand_in_a_stack_and_go_with_their_message(world: World) -> None:
    world.say(9, 1, {"text": "a"}, NOW)
    one, two = (world.post(9, 1, [{"text": t}], NOW)[0]["message_id"] for t in "ab")
    for message_id in (one, two, two):
        world.pin(9, 1, message_id, True)
    assert world.state.chats[9, 1].pins == [one, two]
    world.delete(9, 1, [two], NOW)
    assert world.state.chats[9, 1].pins == [one]
    world.pin(9, 1, None, False)
    with pytest.raises(BadRequest, match="message to unpin not found"):
        world.pin(9, 1, None, False)


def test_a_deleted_message_is_no_longer_there_to_answer(world: World) -> None:
    said = world.say(9, 1, {"text": "a"}, NOW)
    world.delete(9, 1, [said.m["message_id"]], NOW)
    with pytest.raises(BadRequest, match="message to be replied not found"):
        world.post(9, 1, [{"text": "x"}], NOW, reply=Reply(said.m["message_id"]))


acts = st.lists(
    st.tuples(
        st.sampled_from(["say", "post", "edit", "delete", "press", "confirm", "block", "unblock", "pin", "reset"]),
        st.integers(1, 2),
        st.integers(1, 8),
    ),
    max_size=40,
)


def play(world: World, steps: list[tuple[str, int, int]]) -> None:
    at: datetime = NOW
    for n, (what, person, number) in enumerate(steps):
        at += timedelta(seconds=number)
        try:
            if what == "say":
                world.say(9, person, {"text": f"t{n}"}, at, once=Once(f"k{n}", ""))
            elif what == "post":
                world.post(9, person, [{"text": f"t{n}"}], at, Markup(inline=KEY))
            elif what == "edit":
                world.edit(9, person, number, {"text": f"t{n}"}, KEY, at)
            elif what == "delete":
                world.delete(9, person, [number], at)
            elif what == "press":
                world.press(9, person, number, "d", at, Once(f"k{n}", ""))
            elif what == "confirm":
                world.confirm(9, world.state.bots[9].next_update - number)
            elif what in ("block", "unblock"):
                world.block(9, person, what == "block", at)
            elif what == "pin":
                world.pin(9, person, number, True)
            else:
                world.record({"e": "reset"})
        except (BadRequest, Forbidden, PersonError):
            continue


@given(acts)
def test_any_story_replays_to_the_same_state_with_growing_numbers(steps: list[tuple[str, int, int]]) -> None:
    lines: list[list[JSON]] = []
    world = make(lines.append)
    play(world, steps)
    facts = [fact for line in lines for fact in line]
    updates = [fact["update"]["update_id"] for fact in facts if fact["e"] == "update"]
    messages = [fact["m"]["message_id"] for fact in facts if fact["e"] == "message"]
    for numbers in (updates, messages):
        assert numbers == sorted(set(numbers))
    again = World(lambda facts: None, Ids())
    again.replay(lines)
    assert again.state == world.state
