"""The office's pages for the exams, split by noun; importing a module registers its pages."""

from . import tickets, venues

__all__ = ["tickets", "venues"]
