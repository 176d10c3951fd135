"""What is printed and drawn of a broadcast: one person's sheet, and words of two directions on it.

The pictures themselves were looked at; here is what can be held by a test.
"""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader

from services.documents.chart import draw_results
from services.documents.drawing import print_pages, runs_leftwards

SHEET = {
    "lang": "ar",
    "rtl": True,
    "school": "École des Tilleuls",
    "title": "معلومة من المدرسة",
    "to": "إلى: Samira",
    "notes": [],
    "text": [
        {"words": "Jeudi, on finit à 15 h.", "rtl": False},
        {"words": "", "rtl": True},
        {"words": "يوم الخميس", "rtl": True},
    ],
    "answers": ["رأيت"],
    "until": "",
    "sign": "التوقيع",
}


@pytest.mark.parametrize(
    ("words", "otherwise", "leftwards"),
    [
        ("Jeudi, on finit à 15 h.", True, False),
        ("يوم الخميس", False, True),
        ("15 h 20 : يوم", False, False),
        ("📣 15:20 يوم", False, True),
        ("15 : 20 ?", True, True),
        ("", False, False),
    ],
)
def test_a_paragraph_runs_as_its_first_letter_does(words: str, otherwise: bool, leftwards: bool) -> None:
    assert runs_leftwards(words, otherwise) is leftwards


async def test_french_words_on_an_arabic_readers_sheet_end_on_their_own_side() -> None:
    pages = await print_pages("handout.typ", {"sheets": [SHEET]})
    assert pages is not None
    places: dict[str, float] = {}

    def visit(text: str, _cm: object, tm: list[float], _font: object, _size: object) -> None:
        if "Jeudi" in text:
            places["french"] = tm[4]

    [page] = PdfReader(BytesIO(pages)).pages
    page.extract_text(visitor_text=visit)
    assert places["french"] < 60, "at the left margin, where a French line begins"


async def test_a_title_of_the_other_direction_does_not_break_the_picture() -> None:
    bars = [{"words": "Arrivés", "count": 7, "good": True}]
    chart = {"lang": "ar", "rtl": True, "title": "Jeudi, on finit à 15 h.", "title_rtl": False, "when": "الثلاثاء"}
    picture = await draw_results({**chart, "copies": bars, "answers": [], "asked": ""})
    assert picture is not None
    with Image.open(BytesIO(picture)) as image:
        assert image.width == 720
        assert image.width <= 2.3 * image.height, "the page crops what is flatter"
