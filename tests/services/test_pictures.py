"""The pictures of a week and of a day: for a phone, in every language, in its direction, whatever stands in the timetable."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from io import BytesIO

import pytest
import typst
from PIL import Image

from domain.people import Language
from domain.school import Equipment, SessionKind
from locales import use_language
from services.agenda import Lesson
from services.documents import drawing
from services.documents.week import draw_day, draw_week

MONDAY = date(2026, 11, 23)
HOSTILE = (
    '#panic("x") *[_$\\ "]}{\u202e' + "Donaudampfschifffahrt" * 4 + " \u0627\u0644\u0648\u0631\u0634\u0629 \U0001f525"
)
ORANGE, TEAL, INK = (180, 83, 9), (15, 118, 110), (15, 23, 42)


def lesson(day: int = 0, hour: int = 8, **values: object) -> Lesson:
    given: dict[str, object] = {
        "session_id": 1,
        "group_id": 1,
        "group": "Métallerie 1",
        "day": MONDAY + timedelta(days=day),
        "starts": time(hour, 30),
        "ends": time(hour + 1, 30),
        "kind": SessionKind.WORKSHOP,
        "title": "Atelier",
        "place": "Atelier 2",
        "with_whom": "Paul",
        "orders": ("un portail pour une ferme",),
        "equipment": tuple(Equipment),
        "cancelled": False,
    }
    return Lesson(**given | values)  # type: ignore[arg-type]


FULL = [
    lesson(day, hour, kind=kind, cancelled=(day, hour) == (2, 10))
    for day in range(5)
    for hour, kind in ((8, SessionKind.WORKSHOP), (10, SessionKind.LESSON), (14, SessionKind.PLACEMENT))
]


async def week(lessons: Sequence[Lesson], **options: object) -> bytes:
    png = await draw_week(MONDAY, lessons, MONDAY, **options)  # type: ignore[arg-type]
    assert png is not None
    return png


def opened(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png))
    picture.load()
    return picture.convert("RGB")


def near(one: object, other: tuple[int, int, int]) -> bool:
    return isinstance(one, tuple) and all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def places_of(picture: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """The columns in which a colour stands."""
    return [
        x for x in range(picture.width) for y in range(0, picture.height, 4) if near(picture.getpixel((x, y)), colour)
    ]


@pytest.mark.parametrize("language", Language)
async def test_a_full_week_is_light_and_as_wide_as_two_phones(language: Language) -> None:
    with use_language(language):
        png = await week(FULL)
    picture = opened(png)
    assert png.startswith(b"\x89PNG")
    assert picture.width == 720
    assert len(png) < 200_000
    assert picture.width + picture.height < 10_000, "Bot API, sendPhoto"
    assert picture.height < 20 * picture.width, "Bot API, sendPhoto"


async def test_arabic_reads_from_the_right() -> None:
    columns = {}
    for language in (Language.FRENCH, Language.ARABIC):
        with use_language(language):
            found = places_of(opened(await week([lesson(kind=SessionKind.LESSON, equipment=())])), TEAL)
        columns[language] = sum(found) / len(found)
    assert columns[Language.FRENCH] < 120
    assert columns[Language.ARABIC] > 600


@pytest.mark.parametrize("language", [Language.FRENCH, Language.ARABIC])
async def test_whatever_stands_in_the_timetable_is_text_and_stays_in_its_frame(language: Language) -> None:
    hostile = lesson(title=HOSTILE, place=HOSTILE, with_whom=HOSTILE, orders=(HOSTILE, HOSTILE), group=HOSTILE)
    with use_language(language):
        for png in (
            await week([hostile], days_off={MONDAY + timedelta(days=1): HOSTILE}),
            await draw_day(MONDAY, [hostile]),
        ):
            assert png is not None
            ink = places_of(opened(png), INK)
            assert 24 <= min(ink) < max(ink) < 720 - 24, "text in the margin"


async def test_a_picture_shows_what_differs() -> None:
    plain = [lesson(kind=SessionKind.LESSON, equipment=())]
    pictures = {
        "as it is": await week(plain),
        "cancelled": await week([lesson(kind=SessionKind.LESSON, equipment=(), cancelled=True)]),
        "with gloves": await week([lesson(kind=SessionKind.LESSON, equipment=(Equipment.GLOVES,))]),
        "of a trainer": await week(plain, for_trainer=True),
        "with a day off": await week(plain, days_off={MONDAY + timedelta(days=1): "Armistice"}),
        "in a workshop": await week([lesson(equipment=())]),
    }
    assert len(set(pictures.values())) == len(pictures)
    assert places_of(opened(pictures["in a workshop"]), ORANGE)
    assert not places_of(opened(pictures["as it is"]), ORANGE)


async def test_every_piece_of_equipment_and_every_kind_has_a_picture() -> None:
    for kind in SessionKind:
        for piece in Equipment:
            assert await draw_day(MONDAY, [lesson(kind=kind, equipment=(piece,))]) is not None


async def test_a_day_without_lessons_has_no_picture() -> None:
    assert await draw_day(MONDAY, []) is None
    assert await draw_day(MONDAY, [lesson(cancelled=True)]) is None


async def test_what_was_drawn_is_kept_and_what_cannot_be_drawn_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = await week(FULL)

    def broken(*_given: object, **_named: object) -> bytes:
        raise RuntimeError("the typesetter is not there")

    monkeypatch.setattr(typst, "compile", broken)
    assert await week(FULL) == drawn
    assert await draw_week(MONDAY + timedelta(days=7), FULL, MONDAY) is None
    monkeypatch.undo()
    assert await draw_week(MONDAY + timedelta(days=7), FULL, MONDAY) is not None


def test_only_our_own_fonts_are_used() -> None:
    assert set(drawing._fonts().families()) == {"DejaVu Sans"}
