"""What comes in as a file leaves its secrets outside, or stays outside itself."""

import io

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
        ("devis.xml", b"x"),
        ("jeu.exe", b"x"),
        ("jeu.pdf", b"MZ\x90"),
    ],
)
def test_document_refused(name: str, data: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.document(name, data)
    assert refusal.value.reason == "bad_kind"


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
