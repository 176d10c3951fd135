"""The keys of orders: versioned, with ids only, authorised anew at each press.

Refuses names and texts, as every key here does.
"""

from aiogram.filters.callback_data import CallbackData

from domain.orders import Answer, Light, Made, Stuff, Verdict
from domain.school import OrderState


class ListOrders(CallbackData, prefix="od1"):
    """The orders in hand, for who leads them."""


class ShowOrder(CallbackData, prefix="ods1"):
    order_id: int


class MoveOrder(CallbackData, prefix="odm1"):
    order_id: int
    state: OrderState


class ShowTask(CallbackData, prefix="odt1"):
    task_id: int


class GiveTask(CallbackData, prefix="odg1"):
    """Give a step to a student, or take it back."""

    task_id: int
    student_id: int


class RegulateTask(CallbackData, prefix="odr1"):
    task_id: int
    regulated: bool


class SeeWork(CallbackData, prefix="odw1"):
    """What a student made of a step, for the trainer who checks it."""

    work_id: int


class CheckWork(CallbackData, prefix="odc1"):
    work_id: int
    verdict: Verdict


class AddOrderPhoto(CallbackData, prefix="odp1"):
    order_id: int


class AskAgreement(CallbackData, prefix="odf1"):
    """Work was found on the way."""

    order_id: int


class SettleFound(CallbackData, prefix="odfs1"):
    """What was agreed on the telephone."""

    found_id: int
    answer: Answer


class AnswerFound(CallbackData, prefix="odfa1"):
    """The client's answer."""

    found_id: int
    answer: Answer


class ShowMaterials(CallbackData, prefix="odx1"):
    order_id: int


class NoteMaterial(CallbackData, prefix="odxn1"):
    order_id: int
    stuff: Stuff
    made: Made


class ListMyOrders(CallbackData, prefix="mo1"):
    """The client's own orders."""


class ShowMyOrder(CallbackData, prefix="mos1"):
    order_id: int


class GiveThanks(CallbackData, prefix="mot1"):
    """1 to 5; 0 opens the question."""

    order_id: int
    stars: int = 0


class PassThanks(CallbackData, prefix="th1"):
    """Pass a client's word on to the students, or keep it."""

    thanks_id: int
    on: bool


class ShareThanks(CallbackData, prefix="ths1"):
    """A student shows it to the family, or not."""

    thanks_id: int
    shown: bool


class ListMyWork(CallbackData, prefix="mw1"):
    """What a student has to do."""


class ShowMyWork(CallbackData, prefix="mws1"):
    work_id: int


class BeginWork(CallbackData, prefix="mwb1"):
    work_id: int


class FinishWork(CallbackData, prefix="mwf1"):
    """« J'ai fini »; `sure`: without a word."""

    work_id: int
    sure: bool


class ShowLights(CallbackData, prefix="li1"):
    """The lights of a student; 0: of everybody."""

    student_id: int = 0


class EnterLight(CallbackData, prefix="lie1"):
    """Until when (months from today; 0: it is put out)."""

    student_id: int
    light: Light
    months: int
