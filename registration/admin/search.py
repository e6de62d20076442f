"""Searching without a trace."""

from kupasi.posted_search import PostedSearch

__all__ = ["PostedSearch"]
