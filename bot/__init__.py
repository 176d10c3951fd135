"""The process: assemble, listen, deliver, stop.

Refuses words and rules: those are in `handlers` and `domain`.
"""
