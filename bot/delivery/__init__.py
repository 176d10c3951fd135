"""The way out: what is owed leaves from here, and from nowhere else but a handler's own answer.

Refuses to send inside a transaction.
"""
