"""What protective equipment is called, wherever it is named.

Refuses two words for one thing.
"""

from domain.school import Equipment
from locales import _


def equipment_name(piece: Equipment) -> str:
    """What a piece of protective equipment is called, in the current language."""
    match piece:
        case Equipment.GLASSES:
            return _("lunettes de protection")
        case Equipment.GLOVES:
            return _("gants")
        case Equipment.SHOES:
            return _("chaussures de sécurité")
        case Equipment.EARS:
            return _("casque antibruit")
        case Equipment.MASK:
            return _("masque")
        case Equipment.OVERALLS:
            return _("bleu de travail")
        case Equipment.WELDING_HELMET:
            return _("masque de soudeur")
