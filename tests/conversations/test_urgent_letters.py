"""Something urgent by e-mail and SMS, through a mail server and a provider of this machine: what is read there, to the end."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.delivery.fallback import LetterCarrier
from domain.people import DoorKind, DoorState
from handlers.notices.letters import LONGEST_SMS
from storage.tables import Door
from tests.conversations.broadcasting import TEXT, got
from tests.conversations.school import School
from tests.conversations.test_urgent import ask
from tests.delivery.mail import MailServer

RIGHT = "Jeudi, on finit à 16 h. La forge ouvre."


class Phones:
    """Text messages as the provider took them, over HTTP."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        app = web.Application()
        app.router.add_post("/{number}", self._take)
        self.server = TestServer(app)

    async def _take(self, request: web.Request) -> web.Response:
        self.messages.append((await request.json())["message"])
        return web.Response()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.open()
    yield server
    await server.close()


@pytest.fixture
async def phones() -> AsyncIterator[Phones]:
    phones = Phones()
    await phones.server.start_server()
    yield phones
    await phones.server.close()


@pytest.fixture
async def letters(school: School, mail: MailServer, phones: Phones) -> None:
    """Claire has a chat and an e-mail address, Samira nothing but a telephone."""
    await school.arrived("paul", "karine", "helene", "lea", "claire")
    doors = {
        "claire": (DoorKind.EMAIL, "claire@famille.example"),
        "samira": (DoorKind.SMS, "+33199001234"),
    }
    async with school.database.session() as session:
        for key, (kind, address) in doors.items():
            session.add(
                Door(
                    person_id=school.people[key],
                    kind=kind,
                    address=address,
                    address_index=key,
                    state=DoorState.OPEN,
                    position=9,
                    opened_at=school.clock.now(),
                )
            )
        await session.commit()
    carriers = {
        DoorKind.EMAIL: f"mailto://127.0.0.1:{mail.port}?from=ecole@ecole.example&to={{address}}",
        DoorKind.SMS: f"json://127.0.0.1:{phones.server.port}/{{address}}",
    }
    held = school.app.delivery._flights._carriers
    held.update(  # type: ignore[attr-defined]
        {kind: LetterCarrier(kind, template, "École des Tilleuls") for kind, template in carriers.items()}
    )


def bodies(mail: MailServer, to: str = "claire@") -> list[str]:
    return [letter.get_content() for letter in mail.letters if letter["To"].startswith(to)]


async def to_everybody(school: School) -> None:
    """The direction writes it, Karine agrees."""
    await ask(school, author="helene")
    await school.karine.tap("✅ Confirmer et envoyer")


@pytest.mark.usefixtures("letters")
async def test_whoever_read_it_in_a_letter_reads_there_that_it_was_wrong_and_that_it_is_void(
    school: School, mail: MailServer, phones: Phones
) -> None:
    await to_everybody(school)
    start = school.clock.now()
    await school.it_is(start + timedelta(minutes=1))
    assert bodies(mail) == [], "she has a chat, and time to look at it"
    await school.it_is(start + timedelta(minutes=21))

    [first], [text] = bodies(mail), phones.messages
    for words in (first, text):
        assert TEXT in words
        assert "✅" not in words, "there is nothing to tap in a letter"
        assert "Renvoi" not in words
    assert "Message urgent de l'école, par Hélène" in first
    assert len(text) <= LONGEST_SMS

    await school.helene.tap("📣 Suivre")
    await school.helene.tap("✏ Corriger")
    await school.helene.send(RIGHT)
    await school.deliver()
    assert RIGHT in bodies(mail)[1]
    assert "Ce message a été corrigé." in bodies(mail)[1]
    assert RIGHT in phones.messages[1]

    await school.helene.tap("📣 Suivre")
    await school.helene.tap("↩ Retirer")
    await school.helene.tap("Oui, retirer partout")
    await school.deliver()
    assert "L'école a retiré cette information." in bodies(mail)[2]
    assert RIGHT in bodies(mail)[2], "what is void is named: a letter cannot be changed"
    assert len(bodies(mail)) == len(phones.messages) == 3
    await school.it_is(start + timedelta(hours=2))
    assert len(bodies(mail)) == len(phones.messages) == 3


@pytest.mark.usefixtures("letters")
async def test_no_letter_says_that_something_nobody_read_there_is_void(
    school: School, mail: MailServer, phones: Phones
) -> None:
    await mail.close()
    await to_everybody(school)
    start = school.clock.now()
    await school.it_is(start + timedelta(minutes=1))
    await school.it_is(start + timedelta(minutes=21))
    await school.helene.tap("📣 Suivre")
    await school.helene.tap("✏ Corriger")
    await school.helene.send(RIGHT)
    await school.helene.tap("📣 Suivre")
    await school.helene.tap("↩ Retirer")
    await school.helene.tap("Oui, retirer partout")
    await mail.open()
    await school.it_is(start + timedelta(minutes=40))
    assert mail.letters == []
    assert got(school.claire, "L'école a retiré cette information.")
    assert len(phones.messages) == 3, "who did read it, hears it"
