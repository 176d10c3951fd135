"""The quote: written in the chat, checked by an adult, printed, sent, answered line by line.

Refuses an invoice, and a quote that says less than the law asks for.
"""
