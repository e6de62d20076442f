"""Sweeps of the exams: what is due and not done."""

from __future__ import annotations
