"""The questions of a request, as they are shown: words, keys, and what to say when an answer was not understood.

Refuses a question without a way on: every one can be left open, or handed to a telephone call.
"""

from datetime import date, timedelta

from aiogram.types import InlineKeyboardMarkup
from aiogram.utils.formatting import Bold, Italic, Text

from domain.asking import BACK, CALL, KEEP, NEXT, UNKNOWN, Draft, Fault, has_answer
from domain.calendar import SchoolCalendar
from domain.measures import NeedsUnit, read_dimensions
from domain.requests import Finish
from domain.tyres import ASPECTS, COMMON, RIMS, WIDTHS
from domain.work import FREE, Step, works_of
from handlers.notices.outgoing import key_rows
from handlers.request_keys import AnswerStep, AskForWork
from handlers.request_words import detail_lines, finish_name, millimetres, work_name
from locales import _, formats, ngettext
from services.requests.contacts import phone_shown, siret_shown
from services.requests.drafting import AS_CALLED, Page

Rows = list[list[tuple[str, str]]]

_MONTHS_AHEAD = 6
_NO_WAY_OUT = (Step.SECTION, Step.SUMMARY)


def _key(step: Step, words: str, value: str) -> tuple[str, str]:
    return words, AnswerStep(step=step, value=value).pack()


def question(step: Step, page: Page) -> tuple[str, str]:
    """What is asked, and how to answer."""
    match step:
        case Step.SECTION:
            return _("Pour quel atelier ?"), _("Nos élèves apprennent le métier en faisant votre travail.")
        case Step.WORK:
            return _("De quoi avez-vous besoin ?"), ""
        case Step.TYRE:
            return _("Quelle taille de pneu ?"), _(
                "Elle est écrite sur le côté du pneu, par exemple {size}. Une photo du pneu va bien aussi.",
                size=formats.isolate_ltr("205/55 R16 91V"),
            )
        case Step.COUNT:
            return _("Combien ?"), ""
        case Step.PLATE:
            return _("Quelle est la plaque du véhicule ?"), _(
                "Par exemple {plate}.", plate=formats.isolate_ltr("AA-123-AA")
            )
        case Step.MILEAGE:
            return _("Combien de kilomètres au compteur ?"), _(
                "Par exemple {count}.", count=formats.isolate_ltr("125 000")
            )
        case Step.SIZE:
            return _("Quelles dimensions ?"), _(
                "Par exemple {size}. Un ordre de grandeur suffit.", size=formats.isolate_ltr("2m50 x 1,20 m")
            )
        case Step.FINISH:
            return _("Quelle finition ?"), ""
        case Step.FITTING:
            return _("Qui pose le travail fini ?"), ""
        case Step.PLACE:
            return _("Où est-ce ?"), _("La commune suffit.")
        case Step.WORDS:
            return _("Que faut-il faire ?"), _("Quelques mots suffisent.")
        case Step.FILES:
            return _("Des photos, un croquis, un plan ?"), _("Envoyez-les ici : photo, PDF ou DXF.")
        case Step.DATE:
            return _("Pour quand ?"), _("Le jour que vous aimeriez. L'école confirme dans le devis.")
        case Step.WHO:
            return _("Vous demandez pour…"), ""
        case Step.CONTACT:
            return _("Votre nom et votre téléphone ?"), _("Écrivez-les dans le même message.")
        case Step.SIRET:
            return _("Votre numéro SIRET ?"), _("14 chiffres. Il va sur le devis.")
        case Step.SUMMARY:
            return _("Voilà votre demande. On l'envoie ?"), ""


def fault_words(fault: Fault, typed: str | None) -> str:
    """What was not understood, exactly, and how to go on."""
    shown = formats.isolate_ltr((typed or "")[:40])
    match fault:
        case Fault.TYRE:
            return _("Je ne trouve pas de taille de pneu dans « {typed} ».", typed=shown)
        case Fault.COUNT:
            return _("Je cherche un nombre, par exemple 2.")
        case Fault.MILEAGE:
            return _("Je ne trouve pas de kilométrage dans « {typed} ».", typed=shown)
        case Fault.SIZE:
            return _("Je ne trouve pas de dimensions dans « {typed} ».", typed=shown)
        case Fault.UNIT:
            return _("« {typed} » : en millimètres, en centimètres ou en mètres ?", typed=shown)
        case Fault.DATE:
            return _("C'est noté. Choisissez aussi un jour, ou passez.")
        case Fault.CONTACT:
            return _("Il manque votre nom.")
        case Fault.SIRET_LENGTH:
            return _("Un SIRET a 14 chiffres. Il en manque, ou il y en a trop.")
        case Fault.SIRET_WRONG:
            return _("Un chiffre de ce SIRET n'est pas le bon. Regardez encore une fois.")
        case Fault.PLATE_LETTERS:
            return _("Une plaque n'a jamais de I, de O ni de U. Peut-être un 1, un 0 ou un V ?")
        case Fault.PLATE_SS:
            return _("Les lettres SS n'existent sur aucune plaque. Peut-être 55 ?")
        case Fault.PLATE_ZERO:
            return _("Le nombre d'une plaque commence à 001.")
        case Fault.PLATE_LENGTH:
            return _("Une plaque a 2 lettres, 3 chiffres et 2 lettres.")
        case Fault.PLATE_DEPARTMENT:
            return _("Ce numéro de département n'existe pas.")
        case Fault.PLATE_UNKNOWN:
            return _("Je ne reconnais pas une plaque française dans « {typed} ».", typed=shown)
        case _:
            return _("C'est noté. Choisissez aussi une touche.")


def form_words(page: Page) -> Text:
    """The question at hand, with how far it is, or the whole request at the end."""
    draft = page.draft
    title, hint = question(draft.step, page)
    parts: list[Text | str] = []
    if page.taken_up:
        parts += [Italic(_("Votre demande est là où vous l'avez laissée.")), "\n"]
    if page.fault is not None:
        parts += [f"💡 {fault_words(page.fault, draft.typed)}", "\n\n"]
    if draft.step is Step.SUMMARY:
        return Text(*parts, Bold(title), "\n\n", *summary_words(page))
    parts += [_progress(draft), "\n", Bold(title)]
    if hint:
        parts += ["\n", hint]
    if page.files:
        parts.append("\n📎 " + ngettext("{count} photo ou plan", "{count} photos ou plans", page.files))
    return Text(*parts)


def _progress(draft: Draft) -> str:
    steps = [step for step in draft.steps if step is not Step.SUMMARY]
    done = steps.index(draft.step) + 1 if draft.step in steps else len(steps)
    return "●" * done + "○" * (len(steps) - done) if draft.section_id is not None else "●○○○"


def summary_words(page: Page) -> list[Text | str]:
    """Everything that was answered."""
    draft = page.draft
    lines: list[Text | str] = [Bold(formats.name(draft.section)), f"\n{work_name(draft.kind or FREE, draft.details)}"]
    lines += [f"\n{line}" for line in detail_lines(draft.details)]
    if draft.details.words:
        lines += ["\n", Italic(formats.name(draft.details.words))]
    if page.files:
        lines.append("\n📎 " + ngettext("{count} photo ou plan", "{count} photos ou plans", page.files))
    if draft.wanted_on is not None:
        lines.append("\n" + _("Pour le {day}", day=formats.day_in_full(draft.wanted_on)))
    contact = [formats.name(draft.name)] if draft.name else []
    contact += [formats.isolate_ltr(phone_shown(draft.phone))] if draft.phone else []
    contact += [formats.isolate_ltr(draft.email)] if draft.email else []
    if contact:
        lines.append("\n👤 " + ", ".join(contact))
    if draft.siret and draft.professional:
        lines.append(f"\nSIRET {formats.isolate_ltr(siret_shown(draft.siret))}")
    return lines


def form_keys(page: Page, days: SchoolCalendar, today: date, *, called: str) -> InlineKeyboardMarkup:
    """The keys of the question at hand; `called` is what the chat calls its person."""
    draft = page.draft
    step = draft.step
    rows: Rows = []
    if page.taken_up:
        rows.append([(_("🗑 Recommencer"), AskForWork(anew=True).pack())])
    if page.fault is Fault.UNIT:
        rows += [[one] for one in _unit_keys(draft)]
    elif page.fault is not None and draft.typed is not None:
        rows.append([_key(step, _("➡ Garder ce que j'ai écrit"), KEEP)])
    rows += _answers(page, days, today, called)
    if step is Step.SUMMARY:
        return key_rows(*rows)
    out: list[tuple[str, str]] = []
    if step not in (*_NO_WAY_OUT, Step.FILES, Step.DATE, Step.WHO):
        out.append(_key(step, _("🤷 Je ne sais pas"), UNKNOWN))
    if step not in (*_NO_WAY_OUT, Step.WHO, Step.CONTACT, Step.SIRET) and not draft.details.call:
        out.append(_key(step, _("📞 Appelez-moi"), CALL))
    rows += [out] if out else []
    if step is not Step.SECTION:
        rows.append([_key(step, _("⬅ Retour"), BACK)])
    return key_rows(*rows)


def _unit_keys(draft: Draft) -> list[tuple[str, str]]:
    found = read_dimensions(draft.typed or "")
    keys = []
    for unit in found.units if isinstance(found, NeedsUnit) else ():
        lengths = read_dimensions(draft.typed or "", unit)
        if isinstance(lengths, tuple):
            keys.append(_key(Step.SIZE, f"{draft.typed} {unit} = {millimetres(lengths)}", unit))
    return keys


def _answers(page: Page, days: SchoolCalendar, today: date, called: str) -> Rows:
    draft, step = page.draft, page.draft.step
    match step:
        case Step.SECTION:
            return [[_key(step, name, str(key))] for key, name in page.sections]
        case Step.WORK:
            return _work_keys(draft)
        case Step.TYRE:
            keys = [_key(step, size, size) for size in COMMON]
            return [keys[:3], keys[3:], [_key(step, _("🔢 Choisir une autre taille"), "w")]]
        case Step.COUNT:
            return [[_key(step, str(count), str(count)) for count in (1, 2, 3, 4)]]
        case Step.SIZE:
            count = draft.details.count or 1
            marks = [(f"☑ {one}" if one == count else f"× {one}", f"n{one}") for one in (1, 2, 3, 4)]
            return [[_key(step, words, value) for words, value in marks]]
        case Step.FINISH:
            keys = [_key(step, finish_name(finish), finish) for finish in Finish]
            return [keys[:2], keys[2:4], keys[4:]]
        case Step.FITTING:
            return [
                [_key(step, _("🔧 L'école vient le poser"), "yes")],
                [_key(step, _("🚐 Je viens le chercher"), "no")],
            ]
        case Step.FILES:
            words = _("Continuer ➡") if page.files else _("Passer ➡")
            rows = [[_key(step, words, NEXT)]]
            return rows + ([[_key(step, _("🗑 Sans ces photos"), "none")]] if page.files else [])
        case Step.DATE:
            return [[_key(step, _("Peu importe le jour ➡"), UNKNOWN)], *month_rows(days, today, today)]
        case Step.WHO:
            return [
                [_key(step, _("👤 Moi, particulier"), "private")],
                [_key(step, _("🏢 Entreprise, mairie, association"), "pro")],
            ]
        case Step.CONTACT:
            return [[_key(step, _("👤 {name}, réponse ici", name=called[:24]), AS_CALLED)]] if called else []
        case Step.SUMMARY:
            return [
                [_key(step, _("✅ Envoyer"), "send")],
                [_key(step, _("✏ Changer"), "change")],
                [_key(step, _("🗑 Abandonner"), "drop")],
            ]
        case _:
            return []


def _work_keys(draft: Draft) -> Rows:
    works = works_of(draft.trade, draft.works)
    if draft.works:
        return [[_key(Step.WORK, f"🔧 {work}", str(place))] for place, work in enumerate(works)]
    return [[_key(Step.WORK, work_name(work, draft.details), work)] for work in works]


def change_keys(draft: Draft) -> InlineKeyboardMarkup:
    """Every answer, to give another one."""
    rows: Rows = [
        [_key(Step.SUMMARY, f"✏ {_short(step)}", step)]
        for step in draft.steps
        if step is not Step.SUMMARY and (step is not Step.SECTION or has_answer(draft, step))
    ]
    rows.append([_key(Step.SUMMARY, _("⬅ Retour"), "show")])
    return key_rows(*rows)


def _short(step: Step) -> str:
    return {
        Step.SECTION: _("L'atelier"),
        Step.WORK: _("Le travail"),
        Step.TYRE: _("La taille du pneu"),
        Step.COUNT: _("Le nombre"),
        Step.PLATE: _("La plaque"),
        Step.MILEAGE: _("Le kilométrage"),
        Step.SIZE: _("Les dimensions"),
        Step.FINISH: _("La finition"),
        Step.FITTING: _("La pose"),
        Step.PLACE: _("Le lieu"),
        Step.WORDS: _("L'explication"),
        Step.FILES: _("Les photos et les plans"),
        Step.DATE: _("Le jour"),
        Step.WHO: _("Particulier ou professionnel"),
        Step.CONTACT: _("Le nom et le téléphone"),
    }.get(step, "SIRET")


def tyre_words(chosen: list[str]) -> Text:
    """The size in three taps: width, height, diameter."""
    titles = (_("La largeur ?"), _("La hauteur ?"), _("Le diamètre ?"))
    shown = "/".join(chosen)
    return Text(Bold(titles[len(chosen)]), f"\n{formats.isolate_ltr(f'{shown}/…')}" if chosen else "")


def tyre_keys(chosen: list[str]) -> InlineKeyboardMarkup:
    """The numbers to choose from; the last one makes the size."""
    before = "-".join(chosen)
    match len(chosen):
        case 0:
            keys = [_key(Step.TYRE, str(one), f"w{one}") for one in WIDTHS if 135 <= one <= 325 and one % 10 == 5]
        case 1:
            keys = [_key(Step.TYRE, str(one), f"w{before}-{one}") for one in ASPECTS if one <= 80]
        case _:
            size = f"{chosen[0]}/{chosen[1]}"
            keys = [_key(Step.TYRE, f"R{one:g}", f"{size} R{one:g}") for one in RIMS if 13 <= one <= 22]
    rows = [keys[place : place + 4] for place in range(0, len(keys), 4)]
    return key_rows(*rows, [_key(Step.TYRE, _("⬅ Retour"), "show")])


def month_rows(days: SchoolCalendar, month: date, today: date) -> Rows:
    """The days of a month one can wish for: days of school, from tomorrow on."""
    month = month.replace(day=1)
    here = AnswerStep(step=Step.DATE, value=f"m{month.isoformat()}").pack()
    monday = month - timedelta(days=month.weekday())
    rows: Rows = [[(formats.weekday_short(monday + timedelta(days=column)), here) for column in range(7)]]
    while monday < _later(month, 1):
        week = [monday + timedelta(days=column) for column in range(7)]
        open_days = [day.month == month.month and day > today and not days.is_off(day) for day in week]
        if any(open_days):
            rows.append(
                [
                    _key(Step.DATE, str(day.day), day.isoformat()) if can else ("·", here)
                    for day, can in zip(week, open_days, strict=True)
                ]
            )
        monday += timedelta(days=7)
    around = [
        _key(Step.DATE, f"{arrow} {formats.month(other)}", f"m{other.isoformat()}")
        for arrow, other in (("⬅", _later(month, -1)), ("➡", _later(month, 1)))
        if today.replace(day=1) <= other <= _later(today.replace(day=1), _MONTHS_AHEAD)
    ]
    return [*rows, around]


def month_keys(days: SchoolCalendar, month: date, today: date) -> InlineKeyboardMarkup:
    """Another month."""
    return key_rows(*month_rows(days, month, today), [_key(Step.DATE, _("⬅ Retour"), "show")])


def _later(month: date, by: int) -> date:
    number = month.year * 12 + month.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)
