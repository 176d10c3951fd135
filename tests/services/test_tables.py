"""A table opened in a spreadsheet shows what people wrote and runs nothing."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.documents.tables import csv_table

DANGEROUS = "=+-@\t\r\0"
CELLS = st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | st.builds(
    str.__add__, st.sampled_from(list(DANGEROUS)), st.text(max_size=5, alphabet=st.characters(codec="utf-8"))
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_no_cell_begins_a_formula_and_no_word_is_lost(rows: list[tuple[str, str]]) -> None:
    text = csv_table(["a", "b"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    assert len(read) == len(rows)
    for given_row, read_row in zip(rows, read, strict=True):
        for written, cell in zip(given_row, read_row, strict=True):
            assert not cell.startswith(tuple(DANGEROUS))
            assert cell == written or cell == f"'{written}"


def test_numbers_stay_numbers_and_accents_stay_accents() -> None:
    assert csv_table(["Prénom", "Nombre"], [["Léa", -3], [None, 2.5]]) == (
        b"\xef\xbb\xbf" + "Prénom;Nombre\r\nLéa;-3\r\n;2.5\r\n".encode()
    )
