"""E-mail and SMS: for those whom no chat reaches, through a real mail server of this machine."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiogram.utils.formatting import Bold, Strikethrough, Text
from sqlmodel import col, select

from bot.delivery.carriers import ChatCarrier
from bot.delivery.fallback import LetterCarrier, why
from bot.delivery.worker import Delivery
from bot.pacing import Pacing
from domain.delivery import RULES, Trouble
from domain.notices import AbsenceTold, AbsenceToldElsewhere, InvitationRedeemed, ReplyReceived
from domain.people import DoorKind, DoorState, Language
from handlers.notices.letters import LONGEST_SMS, as_text_message
from handlers.notices.outgoing import Outgoing
from storage.tables import Door, Outbox, Person
from storage.tables.outbox import OutboxState
from storage.unit_of_work import Database
from tests.conftest import NOW
from tests.delivery.conftest import LEA, Post, never_quiet, open_post, spoken
from tests.delivery.mail import MailServer
from tests.delivery.server import Server

ADDRESS = "lea+ecole@famille.example"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.open()
    yield server
    await server.close()


@pytest.fixture
async def post(database: Database, server: Server, mail: MailServer) -> AsyncIterator[Post]:
    """Léa has an e-mail address, and after it a telephone number, for which the school has set nothing."""
    async with database.session() as session:
        session.add(Person(id=LEA, first_name="Léa", language=Language.FRENCH, created_at=NOW))
        await session.flush()
        for position, (kind, address) in enumerate([(DoorKind.EMAIL, ADDRESS), (DoorKind.SMS, "+33199001234")]):
            session.add(
                Door(
                    person_id=LEA,
                    kind=kind,
                    address=address,
                    address_index=kind,
                    state=DoorState.UNKNOWN,
                    position=position,
                    opened_at=NOW,
                )
            )
        await session.commit()
    post = open_post(database, server)
    template = f"mailto://127.0.0.1:{mail.port}?from=ecole@ecole.example&to={{address}}"
    post.delivery = Delivery(
        database,
        {},
        post.clock,
        letters={DoorKind.EMAIL: LetterCarrier(DoorKind.EMAIL, template, "École des Tilleuls")},
        undelivered=post.hook,
        words=spoken,
        quiet_until=never_quiet,
    )
    yield post
    await post.close()


async def test_a_letter_is_plain_words_without_keys(post: Post, mail: MailServer) -> None:
    await post.owe(InvitationRedeemed(7))
    await post.deliver()

    [letter] = mail.letters
    assert letter["To"] == ADDRESS
    assert letter["Subject"] == "Message de l'école : École des Tilleuls"
    assert letter.get_content_type() == "text/plain"
    body = letter.get_content()
    assert body.startswith("Bonjour 7")
    assert "les réponses ne sont pas lues" in body
    assert (await post.row()).state is OutboxState.SENT


async def test_what_is_intimate_does_not_leave_our_chats(post: Post, mail: MailServer) -> None:
    assert not RULES[ReplyReceived.kind].fallback
    await post.owe(ReplyReceived(7))
    await post.deliver()

    assert mail.letters == []
    assert (await post.row()).reason == "no open door"
    assert post.told == [("reply_received", "no open door")]


async def test_an_address_that_does_not_exist_is_a_door_that_bounced(post: Post, mail: MailServer) -> None:
    mail.refuse = b"550 5.1.1 no such user"
    await post.owe(InvitationRedeemed(7))
    await post.deliver()

    door = await post.door(DoorKind.EMAIL)
    assert (door.state, door.state_since) == (DoorState.BOUNCED, NOW)
    assert (await post.row()).reason == "no open door", "nothing is set for SMS"
    async with post.database.session(reading=True) as session:
        assert (await session.exec(select(Door.state).where(Door.kind == DoorKind.SMS))).one() is DoorState.UNKNOWN


@pytest.mark.parametrize("where", ["refuse", "refuse_data"])
async def test_a_server_that_is_busy_is_asked_again(post: Post, mail: MailServer, where: str) -> None:
    setattr(mail, where, b"450 4.2.0 greylisted")
    await post.owe(InvitationRedeemed(7))
    await post.deliver()
    assert ((await post.row()).state, (await post.row()).uncertain) == (OutboxState.QUEUED, False)

    setattr(mail, where, None)
    await post.deliver(later=timedelta(minutes=1))
    assert len(mail.letters) == 1
    assert (await post.door(DoorKind.EMAIL)).state is DoorState.UNKNOWN


async def test_a_server_that_is_away_is_asked_again_without_counting(post: Post, mail: MailServer) -> None:
    await mail.close()
    await post.owe(InvitationRedeemed(7))
    await post.deliver()
    assert ((await post.row()).state, (await post.row()).attempts) == (OutboxState.QUEUED, 0)

    await mail.open()
    await post.deliver(later=timedelta(minutes=1))
    assert [letter.get_content()[:9] for letter in mail.letters] == ["Bonjour 7"]


async def test_a_letter_that_may_have_been_taken_is_labelled(post: Post, mail: MailServer) -> None:
    mail.hang_up = True
    await post.owe(InvitationRedeemed(7))
    await post.deliver()
    mail.hang_up = False
    await post.deliver(later=timedelta(minutes=1))

    assert ["Renvoi possible" in letter.get_content() for letter in mail.letters] == [False, True]


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("Socket Exception: {'lea@x': (550, b'no such user')}", Trouble.ADDRESS_REFUSED),
        ("SMTP recipient lea@x was refused: 551 moved", Trouble.ADDRESS_REFUSED),
        ("Socket Exception: {'lea@x': (451, b'later')}", Trouble.CONFLICT),
        ("Socket Exception: (535, b'bad credentials')", Trouble.UNAUTHORIZED),
        ("Socket Exception: (554, b'no spam please')", Trouble.CONFLICT),
        ("Socket Exception: [Errno 111] Connection refused", Trouble.CONNECT_REFUSED),
        ("Socket Exception: [Errno -2] Name or service not known", Trouble.CONNECT_REFUSED),
        ("Socket Exception: timed out", Trouble.STALL),
        ("Socket Exception: Connection unexpectedly closed", Trouble.RESET),
        ("", Trouble.RESET),
    ],
)
def test_why_a_letter_failed(said: str, trouble: Trouble) -> None:
    assert why(said) is trouble


def test_a_text_message_is_cut_where_it_would_cost_a_fourth_part() -> None:
    assert as_text_message(Outgoing(Text(Bold("Salut"), " Léa"))).body == "Salut Léa"
    long = as_text_message(Outgoing(Text("é" * 1000))).body
    assert (len(long), long[-1]) == (LONGEST_SMS, "…")


def test_what_is_struck_out_does_not_read_as_if_it_held() -> None:
    text = Text("🔁 Métal : ", Strikethrough("8 h 30 🕣"), " ", Bold("9 h"), " · ", Strikethrough("A1"), " B2")
    assert as_text_message(Outgoing(text)).body.replace("\u00a0", " ") == (
        "🔁 Métal : (avant : 8 h 30 🕣) 9 h · (avant : A1) B2"
    )


async def _a_chat_opens(post: Post) -> None:
    async with post.database.session() as session:
        session.add(
            Door(
                person_id=LEA,
                kind=DoorKind.WEBCHAT,
                address="601",
                address_index="chat",
                position=9,
                opened_at=NOW,
            )
        )
        await session.commit()
    letters = post.delivery._flights._carriers
    both = {DoorKind.WEBCHAT: ChatCarrier(post.bots[DoorKind.WEBCHAT], Pacing(), reads_aloud=True)}
    letters.update(both)  # type: ignore[attr-defined]


async def _ways(post: Post) -> list[tuple[str, DoorKind]]:
    async with post.database.session(reading=True) as session:
        return list((await session.exec(select(Outbox.kind, Door.kind).join(Door).order_by(col(Outbox.id)))).all())


async def test_a_chat_goes_before_a_letter_although_the_address_was_known_first(
    post: Post, server: Server, mail: MailServer
) -> None:
    await _a_chat_opens(post)
    await post.owe(InvitationRedeemed(7))
    await post.deliver()
    assert await _ways(post) == [("invitation_redeemed", DoorKind.WEBCHAT)]
    assert mail.letters == []


async def test_what_is_for_letters_only_leaves_by_no_chat_although_one_is_open(
    post: Post, server: Server, mail: MailServer
) -> None:
    await _a_chat_opens(post)
    await post.owe(AbsenceToldElsewhere(7), AbsenceTold(8))
    await post.deliver()

    assert [letter.get_content()[:9] for letter in mail.letters] == ["Bonjour 7"]
    assert await _ways(post) == [("absence_told_elsewhere", DoorKind.EMAIL), ("absence_told", DoorKind.WEBCHAT)]
