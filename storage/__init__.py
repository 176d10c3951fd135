"""The memory of the school: tables, queries named by their question, the unit of work, encrypted fields and files.

Refuses to decide anything: rules are in `domain`, verbs in `services`, words in `handlers`.
"""
