"""Settings of one school, from environment variables `COMPAGNON_*` or a `.env` file.

Refuses to let the process start half configured: what is wrong is told by name, with the cure.
"""

import shlex
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.escalation import Tempo, Waits
from domain.opening import Opening, read_opening
from services.calendar import SUBDIVISIONS
from storage.engine import DatabaseUrlError, async_url


class SettingsError(Exception):
    """One or more settings are wrong; each line of the text names one and its cure."""


def _http_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with https:// (or http:// on this machine)")
    return value.rstrip("/")


def _database_address(value: str) -> str:
    try:
        async_url(value)
    except DatabaseUrlError as error:
        raise ValueError(str(error)) from None
    return value


def _token(value: SecretStr | None) -> SecretStr | None:
    number, colon, secret = value.get_secret_value().partition(":") if value else ("1", ":", "x")
    if not (number.isdigit() and colon and secret):
        raise ValueError("must look like 123456:ABC…, as @BotFather gave it")
    return value


def _subdivision(value: str | None) -> str | None:
    if value is not None and value not in SUBDIVISIONS:
        raise ValueError(f"must be one of {', '.join(SUBDIVISIONS)}")
    return value


def _courier(value: SecretStr | None, someone: str) -> SecretStr | None:
    """An address of apprise in which a person's own, such as `someone`, has its place."""
    if value is None:
        return None
    if "{address}" not in value.get_secret_value():
        raise ValueError("needs {address} where the address of a person belongs")
    try:
        import apprise
    except ImportError:
        raise ValueError("needs the extra `fallback`: pip install compagnon[fallback]") from None
    if apprise.Apprise.instantiate(value.get_secret_value().replace("{address}", someone)) is None:
        raise ValueError("is not an address apprise understands")
    return value


def _command(value: str | None) -> str | None:
    if value is not None and shutil.which(shlex.split(value)[0]) is None:
        raise ValueError(f"there is no program {shlex.split(value)[0]} here")
    return value


def _translator(value: str | None) -> str | None:
    """An address, or a command whose program is there."""
    if value is None or value.startswith(("https://", "http://")):
        return value
    try:
        words = shlex.split(value)
    except ValueError:
        words = []
    if not words or shutil.which(words[0]) is None:
        raise ValueError("must be an address, or a command whose program is on this machine")
    return value


def read_waits(value: str) -> Waits:
    """« 10,20,30 »: minutes until the next guardian, the other doors, the call list. Raises `ValueError`."""
    first, second, third = (timedelta(minutes=int(part)) for part in value.split(","))
    return Waits(first, second, third)


def _waits(value: str) -> str:
    try:
        read_waits(value)
    except ValueError:
        raise ValueError("must be three growing numbers of minutes, for example 10,20,30") from None
    return value


def _opening(value: str) -> str:
    try:
        read_opening(value)
    except ValueError:
        raise ValueError("must be hours of a day of school, for example 8:30-12:00,13:30-16:30") from None
    return value


class Settings(BaseSettings):
    """What a school sets. Times are always Europe/Paris; nothing here is about people."""

    model_config = SettingsConfigDict(
        env_prefix="COMPAGNON_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_token: Annotated[SecretStr | None, AfterValidator(_token)] = None
    telegram_api: Annotated[str, AfterValidator(_http_address)] = "https://api.telegram.org"
    webhook_secret: SecretStr | None = None
    database_url: Annotated[str, AfterValidator(_database_address)] = "sqlite:///var/compagnon.db"
    key_file: Path = Path("var/compagnon.key")
    files: Path = Path("var/files")
    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=1, le=65535)
    public_url: Annotated[str | None, AfterValidator(lambda value: value and _http_address(value))] = None
    webchat: bool = False
    school_name: str = "École de production"
    school_contact: str = ""
    fallback_email: Annotated[
        SecretStr | None, AfterValidator(lambda value: _courier(value, "someone%40ecole.example"))
    ] = None
    fallback_sms: Annotated[SecretStr | None, AfterValidator(lambda value: _courier(value, "%2B33199001234"))] = None
    quotes_file: Path | None = None
    translator: Annotated[str | None, AfterValidator(_translator)] = None
    school_zone: Literal["A", "B", "C"] = "A"
    school_subdivision: Annotated[str | None, AfterValidator(_subdivision)] = None
    voice_command: Annotated[str | None, AfterValidator(_command)] = None
    roll_hold: int = Field(default=120, ge=0, le=900)
    escalation: Annotated[str, AfterValidator(_waits)] = "10,20,30"
    school_hours: Annotated[str, AfterValidator(_opening)] = "8:30-12:00,13:30-16:30"

    @property
    def tempo(self) -> Tempo:
        """How long a confirmed roll is held (seconds), and after how many minutes an unseen absence goes on."""
        return Tempo(timedelta(seconds=self.roll_hold), read_waits(self.escalation))

    @property
    def opening(self) -> Opening:
        """When the school is at work: what a client is promised is counted in these hours."""
        return read_opening(self.school_hours)

    @property
    def webchat_journal(self) -> Path:
        """Where the web chat keeps what was said in it, sealed."""
        return self.files / "webchat.db"


_CURES = {
    "school_hours": "for example 8:30-12:00,13:30-16:30",
    "translator": "for example https://traduction.ecole.example/ or: python3 traduire.py; see docs/guide-direction.md",
    "fallback_email": "for example mailtos://user:password@mail.ecole.example?from=ecole@ecole.example&to={address}",
    "fallback_sms": "see the list of services of apprise; for example d7sms://token@{address}",
    "voice_command": "a program that reads words and writes a WAV file, or leave it out for espeak-ng",
    "roll_hold": "seconds between 0 and 900, for example 120",
    "escalation": "minutes until the next guardian, e-mail and SMS, the call list: for example 10,20,30",
    "telegram_token": "take it from @BotFather, or leave it out to run the web chat alone",
    "telegram_api": "leave it out for Telegram itself",
    "database_url": "for example sqlite:///var/compagnon.db or postgresql://user:password@host/name",
    "port": "a free port between 1 and 65535, for example 8765",
    "school_zone": "A, B or C: the zone of your académie (Besançon and Lyon are A)",
    "school_subdivision": "leave it out, or 57 in Moselle and Alsace, 971 to 976 overseas",
    "public_url": "the address people reach this machine by, for example https://chat.ecole.example",
}


def read_settings() -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]) if problem["loc"] else ""
            reason = problem["msg"].removeprefix("Value error, ")
            cure = _CURES.get(name)
            lines.append(f"COMPAGNON_{name.upper()}: {reason}" + (f"; {cure}" if cure else ""))
        raise SettingsError("\n".join(lines)) from None


def check_for_run(settings: Settings) -> None:
    """Let settings pass with which `run` can serve somebody. Raises `SettingsError`."""
    problems = []
    if settings.telegram_token is None and not settings.webchat:
        problems.append(
            "COMPAGNON_TELEGRAM_TOKEN: missing; take it from @BotFather, or set COMPAGNON_WEBCHAT=1 for the web chat alone"
        )
    if settings.webhook_secret is not None:
        if (
            not settings.webhook_secret.get_secret_value().isascii()
            or len(settings.webhook_secret.get_secret_value()) < 16
        ):
            problems.append("COMPAGNON_WEBHOOK_SECRET: needs at least 16 ASCII characters of A-Z, a-z, 0-9, _ and -")
        if settings.public_url is None or not settings.public_url.startswith("https://"):
            problems.append("COMPAGNON_PUBLIC_URL: a webhook needs the https:// address Telegram can reach")
    if problems:
        raise SettingsError("\n".join(problems))
