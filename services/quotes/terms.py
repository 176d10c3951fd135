"""The school's terms for quotes, read once from its file: complete, or with the names of what is missing.

Refuses to start half a quote: without all of them there is none.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from domain.errors import QuotingNotSet
from domain.quote_terms import Term, Terms, read_terms
from domain.quotes import PartFamily, PartsList

_HERE = Path(__file__).parent
TEMPLATE = _HERE / "quoting.toml.example"


@dataclass(frozen=True)
class Quoting:
    """Whether this school can quote. `missing` names what is not decided; `unreadable` why the file could not be read."""

    terms: Terms | None = None
    missing: tuple[Term, ...] = tuple(Term)
    unreadable: str | None = None

    def must(self) -> Terms:
        """The terms. Raises `QuotingNotSet` with what is missing."""
        if self.terms is None:
            raise QuotingNotSet(self.missing)
        return self.terms


def read_quoting(file: Path | None) -> Quoting:
    """The terms in a school's file; none where there is no file."""
    if file is None:
        return Quoting()
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        return Quoting(unreadable=error.strerror or "cannot be read")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return Quoting(unreadable=f"is not TOML: {error}")
    terms, missing = read_terms(tables)
    if terms is not None and not _is_siret(terms.siret):
        return Quoting(missing=(Term.SIRET,))
    return Quoting(terms, missing)


def _is_siret(number: str) -> bool:
    try:
        siret.validate(number)
    except ValidationError:
        return False
    return True


@cache
def parts_list() -> PartsList:
    """The parts for which a consumer must be offered second-hand ones, as they were read in the law."""
    tables = tomllib.loads((_HERE / "parts.toml").read_text(encoding="utf-8"))
    return PartsList(
        source=tables["source"],
        read_on=date.fromisoformat(tables["read_on"]),
        checked=tables["checked"],
        sentence=tables["sentence"],
        families=tuple(PartFamily(one["name"], tuple(one["words"])) for one in tables["family"]),
        except_words=tuple(tables["except_words"]),
    )
