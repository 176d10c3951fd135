"""What an author attaches: pictures lose their place, names lose their tricks, what can run is refused."""

from io import BytesIO

import pytest
from PIL import Image

from domain.broadcasts import FILE_LIMIT_MB, FileKind
from domain.errors import FileNotTaken, MediaRefused
from services.broadcasts.files import Attached, checked, clean_name


def a_picture_with_its_place(form: str) -> bytes:
    made, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (40, 30), "teal").save(made, form, exif=exif)
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "form", "name"),
    [
        (FileKind.PHOTO, "JPEG", "photo.jpg"),
        (FileKind.DOCUMENT, "JPEG", "IMG_2.JPG"),
        (FileKind.DOCUMENT, "PNG", "x.png"),
    ],
)
async def test_a_picture_loses_its_place_however_it_is_sent(kind: FileKind, form: str, name: str) -> None:
    data = a_picture_with_its_place(form)
    assert b"SECRETMAKER" in data
    kept = await checked(Attached(kind, data, name))

    assert (kept.kind, kept.name) == (FileKind.PHOTO, "photo.jpg")
    assert b"SECRETMAKER" not in kept.data
    assert not Image.open(BytesIO(kept.data)).getexif()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("jeu.exe", b"MZ\x90"),
        ("facture.pdf", b"MZ\x90"),
        ("page.html", b"<script>"),
        ("dessin.svg", b"<svg onload=alert(1)>"),
        ("note.docm", b"PK\x03\x04"),
        ("photo.jpg", b"no picture at all"),
        ("sans_fin", b"%PDF-1.4"),
        ("note.txt", b"\0\0"),
    ],
)
async def test_what_is_not_what_it_says_or_can_run_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(FileNotTaken):
        await checked(Attached(FileKind.DOCUMENT, data, name))


async def test_a_file_has_a_size() -> None:
    for data in (b"", b"%PDF-" + bytes(FILE_LIMIT_MB * 1024 * 1024)):
        with pytest.raises(MediaRefused):
            await checked(Attached(FileKind.DOCUMENT, data, "a.pdf"))
    assert (await checked(Attached(FileKind.DOCUMENT, b"%PDF-1.4", "../../a.pdf"))).name == "a.pdf"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\temp\\note d'atelier.pdf", "note d'atelier.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("x" * 200 + ".pdf", "x" * 57 + ".pdf"),
        ("", "document"),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert clean_name(name) == kept
