"""Rows of discipline: the catalogue, bars, cases, what decisions changed, complaints."""

from .bars import Bar, BarQuerySet, Clause
from .cases import Case, CaseQuerySet, CaseStep, Evidence
from .complaints import Complaint, ComplaintQuerySet
from .decisions import CaseLetter, Decision, Effect, RegisterTask
from .lists import BarLine, BarList, BarredPhoto, Resemblance

__all__ = [
    "Bar",
    "BarLine",
    "BarList",
    "BarQuerySet",
    "BarredPhoto",
    "Case",
    "CaseLetter",
    "CaseQuerySet",
    "CaseStep",
    "Clause",
    "Complaint",
    "ComplaintQuerySet",
    "Decision",
    "Effect",
    "Evidence",
    "RegisterTask",
    "Resemblance",
]
