"""The rules of breaches and sanctions (须知; rules section 8)."""

from discipline.rules.clauses import CLAUSES, ClauseFact, clause_named
from discipline.rules.procedure import (
    hearing_until,
    judge_confirmer,
    judge_decider,
    judge_deciders,
    judge_hearing,
    judge_recorders,
    judge_span,
    judge_times,
    review_until,
)
from discipline.rules.sanctions import (
    SanctionAnswer,
    bar_of,
    bar_start,
    longest_bar,
    sanction,
    sittings_inside,
)

__all__ = [
    "CLAUSES",
    "ClauseFact",
    "SanctionAnswer",
    "bar_of",
    "bar_start",
    "clause_named",
    "hearing_until",
    "judge_confirmer",
    "judge_decider",
    "judge_deciders",
    "judge_hearing",
    "judge_recorders",
    "judge_span",
    "judge_times",
    "longest_bar",
    "review_until",
    "sanction",
    "sittings_inside",
]
