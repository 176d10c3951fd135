"""The rules of the school, as values and pure functions of values and `now`.

Refuses every import outside Python's standard library: a rule must be readable and testable with nothing installed.
"""
