"""What can be printed, shown or opened elsewhere: pictures, sheets, tables, in the reader's language.

Refuses string interpolation into templates: data goes in as data.
"""
