"""Use cases of accounts and persons, one module a family."""

from .identities import (
    Found,
    attach_document,
    find_or_create_candidate,
    reclaim,
    register_candidate,
    settle_identity,
    standing,
)
from .persons import Judged, PersonFacts, judge_person

__all__ = [
    "Found",
    "Judged",
    "PersonFacts",
    "attach_document",
    "find_or_create_candidate",
    "judge_person",
    "reclaim",
    "register_candidate",
    "settle_identity",
    "standing",
]
