"""Proofs of the memory, each on SQLite and on PostgreSQL."""
