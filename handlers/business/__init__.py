"""What a visitor or a business meets: asking for work, following what was asked, and how to reach the school.

Refuses promises: what happens next is said with its hour, and nothing is ordered before a quote is agreed to.
"""

from aiogram import Router

from handlers.business import asking, contact, following, orders


def build_router() -> Router:
    router = Router(name="business")
    router.include_routers(
        contact.build_router(), orders.build_router(), following.build_router(), asking.build_router()
    )
    return router
