"""The long proofs and the measurements: storms, floods, speeds. Each prints one line per promise and fails when it is broken.

Refuses to be a timed test: bounds here are ratios within one run, or counts.
"""
