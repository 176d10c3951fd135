"""A process that says one text: words come in, a WAV file goes out, and then it ends (`python speaking.py fr`).

espeak-ng is a C library with one state for the whole process: here a crash or an endless loop costs one reading, never the bot.
Refuses to keep anything: nothing is written to the disk.
"""

import ctypes
import sys
import wave
from io import BytesIO

_LANGUAGES = ("fr", "en", "tr", "ar", "pt")
_SYNCHRONOUS, _RATE, _UTF8, _WORDS_A_MINUTE = 2, 1, 1, 140


def say(text: str, language: str) -> bytes:
    """A WAV file (mono, 16 bits). Raises `OSError` where espeak-ng is not, `ValueError` for no language of ours."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise OSError("espeak-ng is not installed (extra `voice`)") from error

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(espeakng_loader.get_data_path()).encode(), 0)
    samples = bytearray()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)

    def hear(sound: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if sound and count > 0:
            samples.extend(ctypes.string_at(sound, 2 * count))
        return 0

    callback = prototype(hear)  # kept in a name: the library holds no reference of its own
    library.espeak_SetSynthCallback(callback)
    if rate <= 0 or language not in _LANGUAGES or library.espeak_SetVoiceByName(language.encode()):
        raise ValueError("no voice")
    library.espeak_SetParameter(_RATE, _WORDS_A_MINUTE, 0)
    words = text.encode() + b"\0"
    library.espeak_Synth(words, len(words), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(samples))
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(say(sys.stdin.buffer.read().decode(), sys.argv[1]))
