"""The front desk in the admin: queues, applications, orders, payments, rosters, header presets."""

from . import applications, charts, exceptions, money, presets, queues, rosters

__all__ = ["applications", "charts", "exceptions", "money", "presets", "queues", "rosters"]
