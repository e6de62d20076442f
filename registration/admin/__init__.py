"""The front desk in the admin: queues, charts, applications, orders, payments."""

from . import applications, charts, exceptions, money, queues

__all__ = ["applications", "charts", "exceptions", "money", "queues"]
