"""What comes in as a file leaves its secrets outside, or stays outside itself."""

import io
import struct
import zipfile
import zlib

import av
import pytest
from PIL import Image

from tests.webchat import media
from webchat import FileRefused, files


def test_photo_stands_upright_without_a_word_about_its_camera() -> None:
    data = media.jpeg(60, 30, orientation=6)
    assert b"SECRETMAKER" in data
    (size,) = files.photo(data)
    assert (size.width, size.height) == (30, 60)
    assert b"SECRETMAKER" not in size.data
    assert b"Exif" not in size.data
    assert not Image.open(io.BytesIO(size.data)).getexif()


def test_large_photo_comes_in_sizes() -> None:
    assert [(s.width, s.height) for s in files.photo(media.jpeg(3200, 1600))] == [(320, 160), (1600, 800)]


def test_transparent_photo_becomes_white_jpeg() -> None:
    (size,) = files.photo(media.png())
    assert size.data.startswith(b"\xff\xd8\xff")
    assert Image.open(io.BytesIO(size.data)).getpixel((5, 5)) == (255, 255, 255)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SVG, "bad_kind"),
        (b"<html>", "bad_kind"),
        (b"", "bad_kind"),
        (b"\xff\xd8\xff rubbish", "unreadable"),
        (media.jpeg()[:300], "unreadable"),
        (b"\xff\xd8\xff" + bytes(files.PHOTO_BYTES), "too_big"),
    ],
    ids=["svg", "html", "empty", "rubbish", "cut", "big"],
)
def test_photo_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.photo(data)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("container", "codec"), [("webm", "libopus"), ("mp4", "aac"), ("ogg", "libopus"), ("wav", "pcm_s16le")]
)
def test_recording_becomes_opus_of_the_same_length(container: str, codec: str) -> None:
    voice = files.recording(media.sound(container, codec, 3.0))
    assert voice.seconds == 3
    with av.open(io.BytesIO(voice.data)) as result:
        stream = result.streams.audio[0]
        assert (result.format.name, stream.codec_context.name, stream.codec_context.channels) == ("ogg", "opus", 1)
        heard = sum(frame.samples for frame in result.decode(stream)) / stream.codec_context.sample_rate
    assert heard == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(SVG, "bad_kind"), (b"OggS rubbish", "unreadable"), (b"OggS" + bytes(files.VOICE_BYTES), "too_big")],
    ids=["svg", "rubbish", "big"],
)
def test_recording_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.recording(data)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dessin.svg", b"x"),
        ("dessin.txt", SVG),
        ("page.HTML", b"x"),
        ("notes.txt", b" \n<!doctype html>"),
        ("notes.txt", "<svg onload=alert(1)>".encode("utf-16")),
        ("notes.txt", b"\xfe\xff" + "\n<html>".encode("utf-16-be")),
        ("page.mhtml", b"x"),
        ("dessin.svgz", b"\x1f\x8b"),
        ("devis.xml", b"x"),
        ("jeu.exe", b"x"),
        ("jeu.pdf", b"MZ\x90"),
    ],
)
def test_check_34_document_refused(name: str, data: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.document(name, data)
    assert refusal.value.reason == "bad_kind"


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)//",
        b"\xff\xd8\xff\xe0<script>alert(1)</script>",
        b"BM<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n<html>",
    ],
    ids=["gif and script", "jpeg and html", "bmp and svg", "png and html"],
)
def test_check_34_a_polyglot_is_no_picture(data: bytes) -> None:
    with pytest.raises(FileRefused):
        files.photo(data)


def test_what_hangs_behind_a_picture_stays_outside() -> None:
    hidden = b"PK\x03\x04<script>alert(1)</script>"
    for size in files.photo(media.jpeg(900, 600) + hidden):
        assert hidden not in size.data
        assert b"<script" not in size.data


def test_check_34_a_bomb_does_not_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 60_000, 60_000) + b"\x08\x02\0\0\0"
    with pytest.raises(FileRefused):
        files.photo(claims + struct.pack(">I", zlib.crc32(claims[12:29])))
    black = io.BytesIO()
    Image.new("1", (5_000, 5_000)).save(black, "PNG")
    assert len(black.getvalue()) < 10_000, "a few kilobytes that would be a hundred megabytes"
    with pytest.raises(FileRefused) as refusal:
        files.photo(black.getvalue())
    assert refusal.value.reason == "too_big"
    monkeypatch.setattr(files, "VOICE_SECONDS", 1)
    with pytest.raises(FileRefused) as refusal:
        files.recording(media.sound("ogg", "libopus", 2))
    assert refusal.value.reason == "too_long"
    inside = io.BytesIO()
    with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(20 << 20))
    assert files.document("a.zip", inside.getvalue()) == ("a.zip", "application/zip")  # kept as it is, never opened


@pytest.mark.parametrize(
    ("given", "kept", "kind"),
    [
        ("devis.pdf", "devis.pdf", "application/pdf"),
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("C:\\Léa\\note.txt", "note.txt", "text/plain"),
        ("exe\u202efdp.txt", "exefdp.txt", "text/plain"),
        ("", "fichier", "application/octet-stream"),
    ],
)
def test_document_kept_under_an_honest_name(given: str, kept: str, kind: str) -> None:
    assert files.document(given, b"abc") == (kept, kind)
