"""The office's pages for the exams, split by noun; importing a module registers its pages."""

from . import calendar, marks, office, packets, prints, programme, rooms, staffing, tickets, venues

__all__ = ["calendar", "marks", "office", "packets", "prints", "programme", "rooms", "staffing", "tickets", "venues"]
