"""The front desk in the admin: queues, applications, orders, payments, rosters."""

from . import applications, charts, exceptions, money, queues, rosters

__all__ = ["applications", "charts", "exceptions", "money", "queues", "rosters"]
