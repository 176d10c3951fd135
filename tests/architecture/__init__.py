"""Proofs about the house itself: who imports whom, what is written down, and what must never be."""
