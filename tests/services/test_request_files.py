"""What a client sends is what it says it is, small enough, and says nothing about the place where it was taken."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import update

from domain.errors import MediaRefused, PlanNotTaken, TooManyFiles
from domain.people import Actor, DoorKind, Language
from domain.requests import FILE_LIMIT_MB, FILES_A_DAY, FILES_LIMIT, FileKind
from services.media import sweep
from services.requests import drafting
from services.requests.files import Attachment, checked, is_dxf
from services.requests.sending import Chat
from storage.tables import RequestFile
from storage.unit_of_work import Database
from tests.conftest import NOW

DXF = b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n"
DXF_COMMENTED = b"999\nmade by somebody\n0\nSECTION\n2\nENTITIES\n"
DXF_BINARY = b"AutoCAD Binary DXF\r\n\x1a\x00\x00SECTION"
VISITOR, CHAT = Actor(Language.FRENCH), Chat(DoorKind.WEBCHAT, 501)


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    made, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", size, "teal").save(made, form, exif=exif)
    return made.getvalue()


@pytest.mark.parametrize(("photo", "name"), [(True, "photo.jpg"), (False, "IMG 1.JPG"), (False, "plan.png")])
async def test_a_photo_loses_its_place_however_it_is_sent(photo: bool, name: str) -> None:
    kind, data, kept = await checked(Attachment(picture(), name, photo))
    assert (kind, kept) == (FileKind.PHOTO, "photo.jpg")
    assert b"SECRETMAKER" not in data
    assert not Image.open(BytesIO(data)).getexif()


@pytest.mark.parametrize("data", [DXF, DXF_COMMENTED, DXF_BINARY, b"\xef\xbb\xbf0\nSECTION\n2\nHEADER\n"])
async def test_a_drawing_is_taken_as_text_and_as_binary(data: bytes) -> None:
    assert is_dxf(data)
    assert await checked(Attachment(data, "../portail.DXF")) == (FileKind.DOCUMENT, data, "portail.DXF")


async def test_a_pdf_is_taken() -> None:
    assert (await checked(Attachment(b"%PDF-1.7", "plan.pdf")))[0] is FileKind.DOCUMENT


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plan.dxf", b"MZ\x90"),
        ("plan.dxf", b"<html>0\nSECTION\n"),
        ("plan.dxf", b"0\nSECTION\n\0\0"),
        ("plan.pdf", DXF),
        ("plan.dxf.exe", DXF),
        ("plan.svg", b"<svg onload=alert(1)>"),
        ("plan.docx", b"PK\x03\x04"),
        ("photo.jpg", b"no picture"),
        ("plan", b"%PDF-1.7"),
    ],
)
async def test_what_is_not_what_it_says_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(PlanNotTaken):
        await checked(Attachment(data, name))


@pytest.mark.parametrize("data", [b"", b"%PDF-" + bytes(FILE_LIMIT_MB * 1024 * 1024)])
async def test_a_file_has_a_size(data: bytes) -> None:
    with pytest.raises(MediaRefused):
        await checked(Attachment(data, "plan.pdf"))


async def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_before_it_is_unpacked() -> None:
    made = BytesIO()
    Image.new("1", (9000, 9000)).save(made, "PNG")
    assert len(made.getvalue()) < 100_000
    with pytest.raises(PlanNotTaken):
        await checked(Attachment(made.getvalue(), "bombe.png"))


async def test_a_request_holds_six_files_and_a_chat_sends_twenty_a_day(database: Database) -> None:
    uow, sent = database.unit_of_work(), 0
    while sent < FILES_A_DAY:
        await drafting.begin(uow, VISITOR, CHAT, NOW)
        for _ in range(min(FILES_LIMIT, FILES_A_DAY - sent)):
            await drafting.attach(uow, CHAT, Attachment(b"%PDF-1.7", "plan.pdf"), None, NOW)
            sent += 1
        with pytest.raises(TooManyFiles):
            await drafting.attach(uow, CHAT, Attachment(b"%PDF-1.7", "plan.pdf"), None, NOW)
        await _kept_by_a_request(database)
    await drafting.begin(uow, VISITOR, CHAT, NOW, anew=True)
    with pytest.raises(TooManyFiles):
        await drafting.attach(uow, CHAT, Attachment(b"%PDF-1.7", "plan.pdf"), None, NOW + timedelta(hours=23))
    page = await drafting.attach(uow, CHAT, Attachment(b"%PDF-1.7", "plan.pdf"), None, NOW + timedelta(hours=25))
    assert page.files == 1


async def _kept_by_a_request(database: Database) -> None:
    """The files go on to count, without a draft: as those of a request that was sent."""
    async with database.session() as session:
        await session.exec(update(RequestFile).values(draft_id=None))
        await session.commit()


async def test_files_live_as_long_as_their_draft(database: Database) -> None:
    uow = database.unit_of_work()
    await drafting.begin(uow, VISITOR, CHAT, NOW)
    await drafting.attach(uow, CHAT, Attachment(b"%PDF-1.7", "plan.pdf"), None, NOW)
    later = datetime.now(UTC) + timedelta(days=2)
    assert await sweep(uow, NOW + timedelta(days=7), later) == 0
    assert await drafting.purge(uow, NOW + timedelta(days=29)) == 0
    assert await drafting.purge(uow, NOW + timedelta(days=31)) == 1
    assert await sweep(uow, NOW + timedelta(days=31), later) == 1
    assert database.files.keys() == []
