"""Pictures and sounds made on the spot, as phones and browsers would send them."""

import io
import math
import struct

import av
from av.audio.frame import AudioFrame
from PIL import Image


def jpeg(width: int = 40, height: int = 20, *, orientation: int | None = None) -> bytes:
    """A picture; with an orientation it also says where and by what it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    if orientation:
        exif[0x0112] = orientation
        exif[0x010F] = "SECRETMAKER"
        exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (width, height), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


def png() -> bytes:
    """A picture one can see through."""
    out = io.BytesIO()
    Image.new("RGBA", (30, 30), (10, 20, 30, 0)).save(out, "PNG")
    return out.getvalue()


def sound(container: str, codec: str, seconds: float = 1.0) -> bytes:
    """A tone, in what the recorders of browsers make."""
    out, rate = io.BytesIO(), 48_000
    with av.open(out, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        step = 960
        for start in range(0, int(rate * seconds), step):
            wave = (int(8000 * math.sin(2 * math.pi * 440 * (start + i) / rate)) for i in range(step))
            frame = AudioFrame("s16", "mono", step)
            frame.planes[0].update(struct.pack(f"<{step}h", *wave))
            frame.sample_rate, frame.pts = rate, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()
