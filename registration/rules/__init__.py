"""The rules of the front desk: who may apply, until when, and what a reviewer looks at (rules sections 3 and 4)."""

from registration.rules.checklist import ChecklistItem, ReviewFacts, Tick, checklist
from registration.rules.eligibility import (
    MINIMUM_AGE,
    ApplicantFacts,
    BarAnswer,
    EligibilityAnswer,
    eligibility,
    eligible_from,
    judge_age,
    judge_bars,
    judge_clash,
    judge_giving_up,
    may_sit_on,
)
from registration.rules.timing import (
    CORE_FIELDS,
    PaymentDue,
    correction_due,
    has_lapsed,
    judge_core_change,
    judge_correction,
    lapse_warning_at,
    may_submit,
    payment_due,
)

__all__ = [
    "CORE_FIELDS",
    "MINIMUM_AGE",
    "ApplicantFacts",
    "BarAnswer",
    "ChecklistItem",
    "EligibilityAnswer",
    "PaymentDue",
    "ReviewFacts",
    "Tick",
    "checklist",
    "correction_due",
    "eligibility",
    "eligible_from",
    "has_lapsed",
    "judge_age",
    "judge_bars",
    "judge_clash",
    "judge_core_change",
    "judge_correction",
    "judge_giving_up",
    "lapse_warning_at",
    "may_sit_on",
    "may_submit",
    "payment_due",
]
