"""Batches: the rows of an SQL query, asked as simulations and answered row by row."""

from domain.batches.answer import AskedReaction, Finished, MarketSummary, RowAnswer, answers
from domain.batches.batch import Batch, BatchPlan, BatchStore, Function, Part, Row
from domain.batches.plan import Asked, plan_asking, plan_market, read_question

__all__ = [
    "Asked",
    "AskedReaction",
    "Batch",
    "BatchPlan",
    "BatchStore",
    "Finished",
    "Function",
    "MarketSummary",
    "Part",
    "Row",
    "RowAnswer",
    "answers",
    "plan_asking",
    "plan_market",
    "read_question",
]
