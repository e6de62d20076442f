"""Entries, tickets and packets for the office."""
