"""Reading aloud: words become a sound a chat can play, in each of our languages.

Refuses to block or to remember whose words they were: another process speaks, and what is kept is found by a hash.
"""

import asyncio
import hashlib
import io
import shlex
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import av
from av.audio import AudioStream
from av.audio.resampler import AudioResampler

from domain.people import Language

Kind = Literal["ogg", "mp4"]
_WITHIN = 30.0
"""Seconds until whoever speaks is stopped."""
_KEPT = 16 << 20
"""Bytes of sound that are kept, the last ones heard."""
_OWN_VOICE = (sys.executable, str(Path(__file__).with_name("speaking.py")), "{language}")
"""As a file: the package would bring the whole school with it, a second of starting for every reading."""
_CODECS: dict[Kind, tuple[str, int, int]] = {"ogg": ("libopus", 48_000, 24_000), "mp4": ("aac", 44_100, 48_000)}


class CannotSpeakError(Exception):
    """There is no voice here, or it failed; the text says why, for the log, and holds no word that was to be said."""


@dataclass(frozen=True)
class Spoken:
    """A sound: OGG/Opus or MP4/AAC, one channel."""

    data: bytes
    seconds: int


class Speaker:
    """Says words by a command that reads them from its input and writes a WAV file; by default espeak-ng."""

    def __init__(self, command: str | None = None) -> None:
        """`command`: another voice, such as `piper --model {language}.onnx --output_file -`; fr, en, tr, ar or pt goes in."""
        self._command = tuple(shlex.split(command)) if command else _OWN_VOICE
        self._kept: OrderedDict[str, Spoken] = OrderedDict()
        self._turn = asyncio.Semaphore(1)  # a voice takes a whole processor: one at a time, the bot goes on

    async def say(self, words: str, language: Language, kind: Kind = "ogg") -> Spoken:
        """The sound of these words. Raises `CannotSpeakError`."""
        key = hashlib.sha256(f"{kind} {language} {words}".encode()).hexdigest()
        async with self._turn:
            if key not in self._kept:
                wav = await self._voice(words, language)
                try:
                    self._kept[key] = await asyncio.to_thread(_packed, wav, kind)
                except (av.FFmpegError, ValueError, IndexError) as error:
                    raise CannotSpeakError(f"no sound: {type(error).__name__}") from error
                while len(self._kept) > 1 and sum(len(one.data) for one in self._kept.values()) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    async def _voice(self, words: str, language: Language) -> bytes:
        command = [part.replace("{language}", language) for part in self._command]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it may repeat what it was to say
            )
        except OSError as error:
            raise CannotSpeakError(f"{command[0]}: {error.strerror}") from error
        try:
            sound, _ = await asyncio.wait_for(process.communicate(words.encode()), _WITHIN)
        except TimeoutError as error:
            raise CannotSpeakError("it took too long") from error
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode or not sound:
            raise CannotSpeakError(f"it ended with {process.returncode}")
        return sound


def _packed(wav: bytes, kind: Kind) -> Spoken:
    codec, rate, bits = _CODECS[kind]
    out, samples = io.BytesIO(), 0
    with av.open(io.BytesIO(wav), "r") as source, av.open(out, "w", format=kind) as target:
        stream = cast(AudioStream, target.add_stream(codec, rate=rate, layout="mono"))
        stream.bit_rate = bits
        resampler = AudioResampler(format="s16" if kind == "ogg" else "fltp", layout="mono", rate=rate)
        pieces = [piece for frame in source.decode(audio=0) for piece in resampler.resample(frame)]
        for piece in [*pieces, *resampler.resample(None)]:
            samples += piece.samples
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    if not samples:
        raise ValueError("nothing was said")
    return Spoken(out.getvalue(), max(1, round(samples / rate)))
