"""The direction enters the three lights of each student, and reads what the workshop did.

Refuses the reason of anything, and a figure without its source.
"""

from datetime import date, datetime, timedelta

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.formatting import Bold, Text

from domain.calendar import local_date
from domain.orders import HIDDEN_UNDER, TYRE_KG, Light
from domain.people import Actor, Role
from handlers.in_place import show_in_place
from handlers.notices.outgoing import key_rows
from handlers.order_keys import EnterLight, ShowLights
from handlers.order_words import amount_words, light_date, light_name, plain_number, stuff_name
from handlers.policy import SpeakingAs, allow
from locales import _, formats, ngettext
from services import UnitOfWork
from services.orders import lights, materials
from services.orders.lights import StudentLights


def _signs(one: StudentLights) -> str:
    return "".join("🟠" if light in one.missing else "🟢" for light in Light)


async def list_lights(event: Message | CallbackQuery, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    found = await lights.everybody(uow, actor, now)
    words = Text(
        Bold(_("Les feux verts des travaux réglementés")),
        "\n",
        _("Dans l'ordre : {lights}.", lights=formats.listed(light_name(light) for light in Light)),
        "\n",
        _("Ici, seulement des dates. Les papiers restent au bureau."),
    )
    names = [
        (f"{_signs(one)} {formats.name(one.first_name)}", ShowLights(student_id=one.student_id).pack()) for one in found
    ]
    keys = key_rows(*(names[index : index + 2] for index in range(0, len(names), 2)))
    if isinstance(event, CallbackQuery):
        await event.answer()
        await show_in_place(event, words, keys)
    else:
        await event.answer(reply_markup=keys, **words.as_kwargs())


def _student_words(one: StudentLights) -> Text:
    held = one.lights
    days = {Light.EXEMPTION: held.exempt_until, Light.CLEARED: held.cleared_until, Light.TRAINING: held.trained_on}
    parts: list[Text | str] = [Bold(formats.name(one.first_name))]
    for light in Light:
        sign = "🟠" if light in one.missing else "🟢"
        parts += ["\n", f"{sign} {light_name(light)} : {light_date(days[light])}"]
    return Text(*parts)


def _student_keys(one: StudentLights) -> InlineKeyboardMarkup:
    def key(light: Light, months: int, words: str) -> tuple[str, str]:
        return words, EnterLight(student_id=one.student_id, light=light, months=months).pack()

    rows = [
        [key(Light.EXEMPTION, 36, _("Dérogation : 3 ans")), key(Light.EXEMPTION, 0, _("Éteindre"))],
        [key(Light.CLEARED, 12, _("Aptitude : 1 an")), key(Light.CLEARED, 0, _("Éteindre"))],
        [key(Light.TRAINING, 1, _("Formation signée ce jour")), key(Light.TRAINING, 0, _("Éteindre"))],
        [(_("⬅ Tous les élèves"), ShowLights().pack())],
    ]
    return key_rows(*rows)


async def show_lights(
    callback: CallbackQuery, callback_data: ShowLights, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    if not callback_data.student_id:
        await list_lights(callback, actor, uow, now)
        return
    one = await lights.of_student(uow, actor, callback_data.student_id, now)
    await callback.answer()
    await show_in_place(callback, _student_words(one), _student_keys(one))


async def enter_light(
    callback: CallbackQuery, callback_data: EnterLight, actor: Actor, uow: UnitOfWork, now: datetime
) -> None:
    today = local_date(now)
    months = callback_data.months
    day = None if not months else today if callback_data.light is Light.TRAINING else _later(today, months)
    one = await lights.enter(uow, actor, callback_data.student_id, callback_data.light, day, now)
    await callback.answer(_("C'est noté."))
    await show_in_place(callback, _student_words(one), _student_keys(one))


def _later(today: date, months: int) -> date:
    """The day before the same day so many months on."""
    month = today.month - 1 + months
    first = date(today.year + month // 12, month % 12 + 1, 1)
    return min(first + timedelta(days=today.day - 1), first + timedelta(days=27)) - timedelta(days=1)


async def show_impact(message: Message, actor: Actor, uow: UnitOfWork, now: datetime) -> None:
    today = local_date(now)
    since = date(today.year if today.month >= 9 else today.year - 1, 9, 1)
    found = await materials.impact(uow, actor, since)
    parts: list[Text | str] = [Bold(_("Ce que l'atelier a fait depuis : {day}", day=formats.day_in_full(since)))]
    parts += ["\n", ngettext("{count} commande livrée", "{count} commandes livrées", found.delivered)]
    if found.promised:
        parts += ["\n", _("Promesses tenues : {kept} sur {count}", kept=found.kept, count=found.promised)]
    if found.checked:
        right = _("Conformes au premier contrôle : {right} sur {count}", right=found.right_first, count=found.checked)
        parts += ["\n", right]
    students = _("moins de {count}", count=HIDDEN_UNDER) if found.students is None else str(found.students)
    parts += ["\n", _("Élèves qui ont travaillé sur des commandes : {count}", count=students)]
    for one in found.sums:
        weight = formats.isolate_ltr(f"{plain_number(one.kg)} kg")
        parts += ["\n", f"{stuff_name(one.stuff, one.made)} : {amount_words(one.stuff, one.amount)} ({weight})"]
    parts += [
        "\n",
        _("Un pneu de voiture : {kg} kg. Source : CLCV et L'Argus, chiffres de 2016.", kg=plain_number(TYRE_KG)),
    ]
    await message.answer(**Text(*parts).as_kwargs())


def build_router() -> Router:
    router = Router(name="lights")
    direction, only = SpeakingAs(Role.DIRECTION), allow(Role.DIRECTION)
    router.message.register(list_lights, Command("feuxverts"), direction, flags=only)
    router.message.register(show_impact, Command("impact"), direction, flags=only)
    router.callback_query.register(show_lights, ShowLights.filter(), flags=only)
    router.callback_query.register(enter_light, EnterLight.filter(), flags=only)
    return router
