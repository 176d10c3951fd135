"""The demo: an invented school, its clock, and the people who live in it.

Refuses real names, reachable numbers and anything that could be mistaken for somebody.
"""
