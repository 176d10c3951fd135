"""What a visitor or a business meets: who we are, how to reach us, and the quote that is coming.

Refuses promises: what cannot be done yet is said to be coming.
"""

from aiogram import Router

from handlers.business import quote


def build_router() -> Router:
    router = Router(name="business")
    router.include_router(quote.build_router())
    return router
