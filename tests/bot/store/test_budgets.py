"""What is known of a limit, and of how long answers take, after a restart."""

from __future__ import annotations

from dataclasses import replace

from llmstream.bot.store import Answer, Store
from llmstream.matrix.sending.budget import BudgetStore, Learned

from .test_store import ANSWER, NOW

ACCOUNT = "https://x @bot:x"


async def test_a_learned_budget_is_kept_changed_and_forgotten(store: Store):
    budgets: BudgetStore = store.budgets
    assert await budgets.load(ACCOUNT) is None
    await budgets.save(ACCOUNT, Learned(0.2, 10.0, NOW))
    await budgets.save(ACCOUNT, Learned(0.5, 20.0, NOW))
    assert await budgets.load(ACCOUNT) == Learned(0.5, 20.0, NOW)
    await budgets.save(ACCOUNT, None)
    forgotten = await budgets.load(ACCOUNT)
    assert forgotten is not None
    assert forgotten.rate == 0


async def test_a_new_account_is_given_what_was_learned_last_of_its_homeserver(store: Store):
    await store.budgets.save("https://x @old:x", Learned(0.5, 30.0, NOW - 2))
    await store.budgets.save("https://x @older:x", Learned(0.2, 10.0, NOW - 1))
    await store.budgets.save("https://xy @bot:y", Learned(1.0, 50.0, NOW))
    assert await store.budgets.load(ACCOUNT) == Learned(0.2, 10.0, NOW - 1, borrowed=True)
    assert await store.budgets.load("https://z @bot:z") is None
    await store.budgets.save("https://x @older:x", None)
    found = await store.budgets.load(ACCOUNT)
    assert found is not None
    assert found.rate == 0, "the newest has no limit"
    await store.budgets.save(ACCOUNT, Learned(5.0, 50.0, NOW - 9))
    assert await store.budgets.load(ACCOUNT) == Learned(5.0, 50.0, NOW - 9)


async def test_how_long_answers_took_is_known_where_no_limit_is(store: Store):
    await store.answers.save(_answer(1, 30))
    learned = await store.budgets.load(ACCOUNT)
    assert learned == Learned(0.0, 0.0, 0.0, (("tour", 30.0),), borrowed=True)


async def test_with_it_comes_how_long_the_last_answers_took(store: Store):
    for n, seconds in enumerate([None, *range(205)]):
        await store.answers.save(_answer(n, seconds))
    await store.budgets.save(ACCOUNT, Learned(0.2, 10.0, NOW))
    learned = await store.budgets.load(ACCOUNT)
    assert learned is not None
    assert learned.lengths == tuple(("tour", float(seconds)) for seconds in range(5, 205))


def _answer(n: int, seconds: float | None) -> Answer:
    event_id = f"$answer{n}"
    return replace(
        ANSWER, event_id=event_id, event_ids=(event_id,), created_at=NOW + n, seconds=seconds
    )
