"""Every sentence can be shown in every language to anybody, whatever their name is made of."""

from datetime import UTC, date, datetime, time

import pytest

from domain import errors
from domain.people import Actor, Grant, Language, PersonId, Role
from domain.quote_fields import Particular
from domain.quote_lines import LineFault
from domain.quote_terms import Term
from domain.quotes import Standing
from domain.reflections import QUESTIONS, Audience, Mood, ReplyKind
from domain.school import School as SchoolInfo
from domain.timetable import AddressReason, FileReason
from handlers import vocabulary
from handlers.common import help_card, home
from handlers.errors import explain
from handlers.menus import _BARS, commands, home_bar
from handlers.reading import card
from handlers.student.questions import question_words
from locales import formats, use_language
from services.reading import View
from services.reflections import Task
from webchat.entities import parse_html

HOSTILE = [
    "<b>Léa</b>",
    "O'Brien & fils <3",
    "{name}",
    "%s %(x)s",
    "\u202eévil\u202c",
    "ليلى",
    "a" * 200,
    "👩‍🔧",
    "</a><script>",
    "\u2066\u2069",
]
EVERY_ERROR: list[errors.DomainError] = [
    errors.NotAllowed(),
    errors.InvitationUnknown(),
    errors.InvitationUsed(),
    errors.InvitationExpired(),
    errors.TooManyGuesses(datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),
    errors.TooYoungForTelegram(),
    errors.NothingToTell(),
    errors.NothingToTell(date(2026, 11, 25)),
    errors.ReflectionRead(),
    errors.ReflectionIncomplete(),
    *(errors.FileUnreadable(reason) for reason in FileReason),
    errors.GroupUnclear(),
    errors.ProposalGone(),
    errors.ProposalOld(),
    errors.LaterImport(7),
    *(errors.AddressRefused(reason) for reason in AddressReason),
    errors.RollFinal(),
    errors.TooLate(),
    errors.TooFarAhead(),
    errors.NothingToSay(),
    errors.NobodyToReach(),
    errors.FileNotTaken(),
    errors.QuietThen(datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
    errors.NobodyToAsk(),
    errors.ReasonMissing(),
    errors.NotTranslated(),
    errors.TooLateToChange(),
    errors.OrderMoved(),
    errors.WorkBlocked(waiting=True),
    errors.WorkBlocked(waiting=False),
    errors.LightsMissing(("exemption", "cleared", "training")),
    errors.AmountUnclear(),
    errors.TooManyRequests(datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
    errors.RequestTakenAlready("Karine"),
    errors.RequestSettled(),
    errors.PlanNotTaken(),
    errors.TooManyFiles(6),
    errors.QuotingNotSet((Term.CHARGED, Term.VAT_MODE)),
    errors.QuoteIncomplete((Particular.MILEAGE, Particular.READY)),
    *(errors.QuoteClosed(how, date(2026, 12, 24)) for how in Standing),
    *(errors.LineRefused(fault) for fault in LineFault),
    errors.TooManyLines(40),
    errors.FourEyes(),
    errors.PartsUndecided(),
    errors.OnPaperOnly(),
    errors.NotPrinted(),
    errors.TextTooLong(2000),
    errors.MediaRefused("photo", 10),
]


def actor(role: Role, name: str = "Léa") -> Actor:
    if role is Role.VISITOR:
        return Actor(Language.FRENCH)
    return Actor(Language.FRENCH, (Grant(role),), PersonId(1), name, role)


def concrete(error: type[errors.DomainError]) -> set[type[errors.DomainError]]:
    children = {leaf for child in error.__subclasses__() for leaf in concrete(child)}
    return children or {error}


def test_the_list_of_errors_is_whole() -> None:
    assert {type(error) for error in EVERY_ERROR} == concrete(errors.DomainError)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: type(error).__name__)
def test_every_broken_rule_has_words_that_fit_an_alert(language: Language, error: errors.DomainError) -> None:
    with use_language(language):
        words = explain(error)
    assert 10 < len(words.encode("utf-16-le")) // 2 <= 200


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("role", Role)
def test_every_role_is_welcomed_with_a_bar_and_a_menu(language: Language, role: Role) -> None:
    school = SchoolInfo("École <des> Tilleuls & Cie", "01 99 00 12 34")
    with use_language(language):
        for name in HOSTILE:
            text, entities = parse_html(home.welcome(actor(role, name), school).as_html())
            assert (name in text) == (role is not Role.VISITOR)
            assert len(entities) == 1
        keys = [key.text for row in home_bar(role).keyboard for key in row]
        assert len(set(keys)) == len(keys)
        assert all(0 < len(key) <= 40 for key in keys)
        assert all(1 <= len(command.description) <= 256 for command in commands(actor(role)))
        card = help_card.card(actor(role), school).as_html()
        assert all(number in card for number in ("112", "114", "119", "3018", "3114"))


@pytest.mark.parametrize("language", Language)
def test_keys_of_the_bars_are_told_apart_in_every_language(language: Language) -> None:
    with use_language(language):
        words = [key.text for role in Role for row in home_bar(role).keyboard for key in row]
    names = [key for bar in _BARS.values() for row in bar for key in row]
    assert len(set(words)) == len(set(names))


@pytest.mark.parametrize("language", Language)
def test_every_value_has_its_own_word(language: Language) -> None:
    with use_language(language):
        moods = [vocabulary.mood_key(mood) for mood in Mood]
        roles = [vocabulary.role_name(role) for role in Role]
        replies = [vocabulary.reply_words(kind) for kind in ReplyKind]
        questions = [question_words(index) for index in range(len(QUESTIONS))]
    for words in (moods, roles, replies, questions):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("language", "day", "hour"),
    [
        ("fr", "mardi 24 novembre", "8\u00a0h\u00a030"),
        ("en", "Tuesday 24 November", "08:30"),
        ("tr", "24 Kasım Salı", "08:30"),
        ("ar", "الثلاثاء \u206624/11\u2069", "08:30"),
        ("pt", "terça-feira, 24 de novembro", "08:30"),
    ],
)
def test_days_and_hours_are_written_as_the_language_writes_them(language: str, day: str, hour: str) -> None:
    with use_language(language):
        assert formats.day_in_full(date(2026, 11, 24)) == day
        assert formats.hour(time(8, 30)) == hour


def test_names_are_isolated_in_arabic_only() -> None:
    with use_language("ar"):
        assert formats.name("Youssef") == "\u2068Youssef\u2069"
    with use_language("fr"):
        assert formats.name("Youssef") == "Youssef"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_reflection_is_shown_whatever_is_in_it(language: Language, name: str) -> None:
    view = View(
        reflection_id=1,
        first_name=name,
        day=date(2026, 11, 24),
        mood=Mood.GOOD,
        question=3,
        text=name,
        tasks=(Task(1, name, "🔥"),),
        media=(),
        audience=Audience(),
    )
    with use_language(language):
        text, _entities = parse_html(card(view).as_html())
    assert text.count(name) == 3
