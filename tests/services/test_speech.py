"""Reading aloud: in five languages real sound comes out, in both forms; what fails or hangs is said, and stops nothing."""

import io
import os
import sys
from array import array
from pathlib import Path

import av
import pytest
from av.audio.resampler import AudioResampler

from domain.people import Language
from services import speech
from services.speech import CannotSpeakError, Kind, Speaker, Spoken

SHORT = {
    Language.FRENCH: "Bonjour. À demain.",
    Language.ENGLISH: "Hello. See you tomorrow.",
    Language.TURKISH: "Merhaba. Yarın görüşürüz.",
    Language.ARABIC: "مرحبا. إلى الغد.",
    Language.PORTUGUESE: "Olá. Até amanhã.",
}


def heard(spoken: Spoken) -> tuple[str, float, float]:
    """What a player would find: the codec, the seconds, and how loud the loudest moment is (0 to 1)."""
    with av.open(io.BytesIO(spoken.data), "r") as file:
        stream = file.streams.audio[0]
        plain = AudioResampler(format="s16", layout="mono", rate=16_000)
        pieces = [piece for frame in file.decode(stream) for piece in plain.resample(frame)]
        samples = array("h", b"".join(bytes(piece.planes[0])[: 2 * piece.samples] for piece in pieces))
        return stream.codec_context.name, len(samples) / 16_000, max(map(abs, samples)) / 32_768


@pytest.mark.parametrize("language", Language)
async def test_every_language_is_spoken(language: Language) -> None:
    speaker = Speaker()
    short = await speaker.say(SHORT[language], language)
    long = await speaker.say(f"{SHORT[language]} " * 4, language)

    codec, seconds, loudest = heard(short)
    assert short.data[:4] == b"OggS"
    assert codec in ("opus", "libopus")
    assert loudest > 0.05, "silence is no speech"
    assert 0.8 < seconds < 6
    assert abs(short.seconds - seconds) <= 1
    assert 2.5 < heard(long)[1] / seconds < 6, "four times the words take about four times as long"


async def test_an_iphone_gets_its_own_kind() -> None:
    codec, seconds, loudest = heard(await Speaker().say(SHORT[Language.FRENCH], Language.FRENCH, "mp4"))

    assert codec in ("aac", "aac_fixed")
    assert seconds > 0.8
    assert loudest > 0.05


async def test_the_same_words_are_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = tmp_path / "count"
    speaker = Speaker(voice(tmp_path, f"open({str(count)!r}, 'a').write('x')"))
    kinds: tuple[Kind, ...] = ("ogg", "ogg", "mp4", "ogg")
    for kind in kinds:
        await speaker.say("Bonjour.", Language.FRENCH, kind)
    assert count.read_text() == "xx"

    monkeypatch.setattr(speech, "_KEPT", 10)
    await speaker.say("Autre chose.", Language.FRENCH)
    await speaker.say("Bonjour.", Language.FRENCH, "mp4")
    assert count.read_text() == "xxxx", "no more is kept than there is room for"


async def test_another_voice_is_told_the_language(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    words = f"open({str(asked)!r}, 'w').write(sys.argv[1] + sys.stdin.read())"
    await Speaker(voice(tmp_path, words) + " {language}").say("Merhaba", Language.TURKISH)

    assert asked.read_text() == "trMerhaba"


@pytest.mark.parametrize("harm", ["raise SystemExit(3)", "raise SystemExit(0)", "sys.stdout.write('no sound')", None])
async def test_a_voice_that_fails_says_nothing(tmp_path: Path, harm: str | None) -> None:
    command = voice(tmp_path, harm, sound=False) if harm else "no-such-voice-anywhere"

    with pytest.raises(CannotSpeakError) as refused:
        await Speaker(command).say("Un secret.", Language.FRENCH)
    assert "secret" not in str(refused.value)


async def test_a_voice_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "_WITHIN", 0.5)
    pid = tmp_path / "pid"
    endless = voice(tmp_path, f"open({str(pid)!r}, 'w').write(str(__import__('os').getpid())); time.sleep(60)")

    with pytest.raises(CannotSpeakError):
        await Speaker(endless).say("Bonjour.", Language.FRENCH)
    with pytest.raises((FileNotFoundError, ProcessLookupError)):  # it never began, or is gone
        os.kill(int(pid.read_text()), 0)


def voice(folder: Path, words: str, *, sound: bool = True) -> str:
    """A command that does this, then hums for half a second."""
    script = folder / "voice.py"
    hum = """
import wave
with wave.open(sys.stdout.buffer, "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(bytes(8000))
"""
    script.write_text(f"import sys, time\n{words}\n{hum if sound else ''}")
    return f"{sys.executable} {script}"
