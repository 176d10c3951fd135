"""Photos and voice notes made on the spot.

Refuses files in the tree: nobody's face or voice can end up in a fixture.
"""

from array import array
from io import BytesIO
from math import sin

import av
from PIL import Image


def a_photo() -> bytes:
    """A small JPEG."""
    out = BytesIO()
    Image.new("RGB", (320, 240), (200, 120, 40)).save(out, "JPEG")
    return out.getvalue()


def a_voice_note(seconds: int) -> bytes:
    """A tone as OGG/Opus."""
    out = BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        for start in range(0, 48000 * seconds, 960):
            frame = av.AudioFrame(format="s16", layout="mono", samples=960)
            tone = array("h", (int(8000 * sin((start + at) * 0.05)) for at in range(960)))
            frame.planes[0].update(tone.tobytes())
            frame.sample_rate, frame.pts = 48000, start
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()
