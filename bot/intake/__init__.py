"""The way in: raw updates are kept, then handled one at a time per chat.

Refuses to acknowledge anything that is not on the disk.
"""
