"""The verbs of an order: opened when a quote is accepted, made by students, handed over, thanked for.

Refuses prices and invoices: those are the quote's and the accountant's.
"""
