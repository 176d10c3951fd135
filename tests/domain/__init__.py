"""Proofs of the rules: tables of decisions, and properties that hold for everything."""
