"""The verbs of the school: one async function per thing it can do, each in one transaction.

Refuses words and chat systems: it returns frozen results and raises errors that carry facts.
"""

from storage.unit_of_work import UnitOfWork

__all__ = ["UnitOfWork"]
