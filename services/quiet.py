"""When the school keeps silent towards a person.

Refuses to be asked about what is urgent: the rules of delivery say which notices do not wait.
"""

from datetime import datetime

from domain.calendar import is_quiet, next_allowed
from storage.unit_of_work import UnitOfWork


async def quiet_until(_uow: UnitOfWork, _person_id: int, now: datetime) -> datetime | None:
    """The instant from which this person may be written to again; None when that is now."""
    return next_allowed(now) if is_quiet(now) else None
