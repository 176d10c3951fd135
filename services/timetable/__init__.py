"""Timetables from outside: reading calendars and sheets, planning what they change, applying and undoing it.

Refuses to lose good rows for bad ones, and to change anything before someone of the direction has seen what.
"""
