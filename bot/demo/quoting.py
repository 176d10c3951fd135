"""What the invented school has decided about its quotes, and its price list.

Refuses real numbers: the SIRET is the example of the standard's own documentation, the telephone is kept for fiction.
"""

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.quotes import LineKind
from storage.tables import Price, Section

DECIDED = """\
[school]
name = "École des Tilleuls"
legal_form = "Association loi 1901, école de production"
address = "12 rue des Essais, 00000 Exemple"
siret = "73282932000074"
phone = "01 99 00 12 34"
email = "atelier@ecole.example"

[vat]
mode = "liable"
number = "FR44732829320"
rate = 20
other_rates = [10, 5.5]

[quote]
charged = true
cost = "25,00"
deducted = true
deposit_percent = 30
validity_days = 30
payment = "à la livraison, par chèque, carte ou virement"

[labour]
hourly_rate = "48,00"
travel = "35,00"

[consumer]
mediator = "Médiation de l'Exemple, 1 place des Essais, 00000 Exemple, mediation.example"
agreement = "chat"

[professional]
late_penalty = "taux de la BCE majoré de 10 points"
"""

_PRICES: dict[str, tuple[tuple[LineKind, str, str, int], ...]] = {
    "tyres": (
        (LineKind.GOODS, "Pneu 205/55 R16 91V neuf", "u", 8990),
        (LineKind.GOODS, "Pneu 205/55 R16 91V d'occasion", "u", 3500),
        (LineKind.GOODS, "Pneu 195/65 R15 91H neuf", "u", 7490),
        (LineKind.SERVICE, "Montage d'un pneu", "u", 1250),
        (LineKind.SERVICE, "Équilibrage d'une roue", "u", 800),
        (LineKind.GOODS, "Valve neuve", "u", 300),
        (LineKind.SERVICE, "Réparation d'une crevaison", "u", 2200),
        (LineKind.SERVICE, "Permutation de quatre roues", "forfait", 2900),
        (LineKind.SERVICE, "Vidange et filtre", "forfait", 7900),
        (LineKind.GOODS, "Plaquettes de frein avant", "jeu", 4800),
        (LineKind.GOODS, "Phare avant", "u", 11900),
        (LineKind.SERVICE, "Recyclage du pneu usé", "u", 0),
    ),
    "metal": (
        (LineKind.GOODS, "Tube carré 40 x 40 x 2", "m", 780),
        (LineKind.GOODS, "Fer plat 30 x 5", "m", 360),
        (LineKind.GOODS, "Cornière 30 x 30 x 3", "m", 420),
        (LineKind.GOODS, "Tôle acier 2 mm", "m²", 3150),
        (LineKind.GOODS, "Gonds à souder", "u", 1450),
        (LineKind.GOODS, "Serrure à larder", "u", 3900),
        (LineKind.SERVICE, "Galvanisation à chaud", "kg", 190),
        (LineKind.SERVICE, "Thermolaquage", "m²", 2800),
        (LineKind.SERVICE, "Pose sur place", "forfait", 18000),
    ),
}


async def settle_prices(session: AsyncSession) -> None:
    """Write the price list. After the sections are there."""
    for section in (await session.exec(select(Section))).all():
        for position, (kind, label, unit, price) in enumerate(_PRICES.get(section.code, ()), 1):
            session.add(
                Price(
                    section_id=section.id,
                    position=position,
                    kind=kind,
                    label=label,
                    unit=unit,
                    price_cents=price,
                )
            )
    await session.flush()
