"""A client's request for work: drafted, sent, taken, talked about, settled.

Refuses prices, which are a quote's, and to tell one client of another.
"""
