"""The proofs: rooms, memory, rules, conversations, the web chat, and the whole in a browser.

Refuses the internet, and every stand-in for a database: both databases here are real.
"""
