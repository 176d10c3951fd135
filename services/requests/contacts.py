"""Who asks and how to reach them, from one line of a chat; and the number of a French business.

Refuses rules of its own: telephone numbers are phonenumbers', a SIRET is python-stdnum's, La Poste's exception included.
"""

import re
from dataclasses import dataclass

import phonenumbers
from stdnum.exceptions import InvalidLength, ValidationError
from stdnum.fr import siret as rules

from domain.asking import Fault

_EMAIL = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+\.[a-z]{2,}", re.IGNORECASE)
_LABELS = re.compile(
    r"(?i)\b(?:t[ée]l(?:[ée]phone)?|portable|mobile|mail|e-?mail|courriel|nom)\b\s*[.:]?|[\n;|]|\s[-–—,]\s|,"
)


@dataclass(frozen=True)
class Contact:
    """What a line says; `phone` in the international form."""

    name: str | None
    phone: str | None
    email: str | None


def read_contact(text: str) -> Contact:
    """« Garage Martin, 03 84 … », « Paul Martin paul@exemple.fr »: each part as far as it is there."""
    email = _EMAIL.search(text)
    rest = text.replace(email.group(), " ") if email else text
    phone = None
    for found in phonenumbers.PhoneNumberMatcher(rest, "FR", phonenumbers.Leniency.POSSIBLE):
        phone = phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
        rest = rest[: found.start] + " " + rest[found.end :]
        break
    name = " ".join(_LABELS.sub(" ", rest).split()).strip(" .:-")
    named = name if any(sign.isalpha() for sign in name) else None
    return Contact(named, phone, email.group() if email else None)


def phone_shown(phone: str) -> str:
    """« 01 99 00 12 34 » for a French number, the international form for any other."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    french = number.country_code == 33
    form = phonenumbers.PhoneNumberFormat.NATIONAL if french else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def read_siret(text: str) -> str | Fault:
    """The fourteen digits of an establishment, or what is wrong with them."""
    try:
        return str(rules.validate(re.sub(r"\D", "", text)))
    except InvalidLength:
        return Fault.SIRET_LENGTH
    except ValidationError:
        digits = sum(sign.isdigit() for sign in text)
        return Fault.SIRET_WRONG if digits == 14 else Fault.SIRET_LENGTH


def siret_shown(siret: str) -> str:
    """« 732 829 320 00074 », as it is read aloud."""
    return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
