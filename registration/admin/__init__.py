"""The front desk in the admin: queues, applications, orders, payments."""

from . import applications, money, queues

__all__ = ["applications", "money", "queues"]
