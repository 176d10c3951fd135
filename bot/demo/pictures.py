"""What an invented client photographs: the sidewall of a tyre, drawn on the spot.

Refuses a real photograph: nobody's car is in the demo.
"""

from io import BytesIO
from math import cos, sin, tau

from PIL import Image, ImageDraw

_WIDE, _HIGH = 640, 480
_RINGS = ((220, "#26292d"), (150, "#3a3f45"), (140, "#b9c0c8"), (118, "#d7dce1"), (34, "#8b939c"))


def draw_tyre() -> bytes:
    """A JPEG of a tyre of 205/55 R16, seen from the side."""
    picture = Image.new("RGB", (_WIDE, _HIGH), "#8fa08c")
    pen = ImageDraw.Draw(picture)
    x, y = _WIDE // 2, _HIGH // 2
    for radius, colour in _RINGS:
        pen.circle((x, y), radius, fill=colour)
    for spoke in range(5):
        turn = tau * spoke / 5
        pen.line((x, y, x + 116 * sin(turn), y - 116 * cos(turn)), fill="#8b939c", width=22)
        pen.circle((x + 20 * sin(turn + tau / 10), y - 20 * cos(turn + tau / 10)), 4, fill="#26292d")
    pen.text((x, y - 185), "205/55 R16 91V", fill="#f2f2f2", anchor="mm", font_size=30)
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
