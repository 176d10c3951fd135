"""The quote in the chat: written by students and trainers, checked by an adult, answered by the client.

Refuses to be an invoice.
"""

from aiogram import Router

from handlers.quotes import checking, client, listing, writing


def build_router() -> Router:
    router = Router(name="quotes")
    router.include_routers(
        listing.build_router(), checking.build_router(), writing.build_router(), client.build_router()
    )
    return router


def build_first_router() -> Router:
    """The link of a QR; must come before invitations, which take every other `/start`."""
    return client.build_link_router()
