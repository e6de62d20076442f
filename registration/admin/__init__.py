"""The front desk in the admin: queues, applications, orders, payments."""

from . import applications, exceptions, money, queues

__all__ = ["applications", "exceptions", "money", "queues"]
