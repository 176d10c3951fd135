"""What a trainer meets: the days of the students, a way to answer with one thumb, the roll call, and what clients ask for.

Refuses what a student kept to themselves.
"""

from aiogram import Router

from handlers.trainer import days, order_entries, orders, requests, rollcall, rollcall_corrections, stories


def build_router() -> Router:
    router = Router(name="trainer")
    router.include_router(days.build_router())
    router.include_router(rollcall.build_router())
    router.include_router(rollcall_corrections.build_router())
    router.include_router(stories.build_router())
    router.include_router(requests.build_router())
    router.include_router(orders.build_router())
    router.include_router(order_entries.build_router())
    return router
