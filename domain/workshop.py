"""The steps an order has by default, by trade: what a trainer changes, and need not type.

Refuses to be the law: which step is regulated is a proposal the trainer of the workshop corrects.
"""

from dataclasses import dataclass

from domain.orders import Regulated
from domain.school import Equipment


@dataclass(frozen=True)
class Step:
    """One step. `skills`: what it teaches, each as "syllabus:code"."""

    icon: str
    label: str
    skills: tuple[str, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    regulated: Regulated | None = None


_METAL = (
    Step("📐", "Tracer", ("metallier_2021:C2.1", "metallier_2021:C2.3"), (Equipment.SHOES, Equipment.GLOVES)),
    Step(
        "🪚",
        "Débiter",
        ("metallier_2021:UP2", "metallier_2021:C3.1"),
        (Equipment.GLASSES, Equipment.GLOVES, Equipment.SHOES, Equipment.EARS),
        Regulated.MACHINE,
    ),
    Step(
        "🔥",
        "Souder",
        ("metallier_2021:UP2", "metallier_2021:C3.2"),
        (Equipment.WELDING_HELMET, Equipment.GLOVES, Equipment.SHOES, Equipment.OVERALLS),
        Regulated.WELDING,
    ),
    Step(
        "✨",
        "Meuler",
        ("metallier_2021:UP2", "metallier_2021:C3.2"),
        (Equipment.GLASSES, Equipment.EARS, Equipment.MASK, Equipment.GLOVES),
        Regulated.MACHINE,
    ),
    Step("🔎", "Contrôler", ("metallier_2021:C1.2",), (Equipment.SHOES,)),
)

_TYRES = (
    Step(
        "🔧",
        "Démonter",
        ("mv_2025:C2.1", "mv_2014:C3.5.1", "mv_2014:C3.1.1"),
        (Equipment.GLOVES, Equipment.SHOES),
        Regulated.LIFT,
    ),
    Step(
        "🛞",
        "Monter et gonfler",
        ("mv_2025:C1.3", "mv_2014:C3.1.1"),
        (Equipment.GLASSES, Equipment.GLOVES, Equipment.SHOES, Equipment.EARS),
        Regulated.PRESSURE,
    ),
    Step("⚖", "Équilibrer", ("mv_2025:C2.3", "mv_2014:C3.4.1"), (Equipment.SHOES,)),
    Step("🔎", "Contrôler", ("mv_2025:C2.4", "mv_2014:C3.3.1"), (Equipment.SHOES,)),
)

_OTHER = (Step("📋", "Préparer"), Step("🔨", "Fabriquer"), Step("🔎", "Contrôler"))

DEFAULTS: dict[str, tuple[Step, ...]] = {"metal": _METAL, "tyres": _TYRES}


def default_steps(trade: str) -> tuple[Step, ...]:
    """The steps of a trade (`domain.requests.Trade`); three plain ones for a trade nobody has described."""
    return DEFAULTS.get(trade, _OTHER)
