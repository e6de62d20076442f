"""The nouns of the front desk."""

from .applications import Application, ApplicationItem, IdempotencyKey, ReturnedItem
from .exceptions import CoreChange, FullExport, LateAdmission
from .money import Order, OrderItem, Payment
from .refunds import Refund

__all__ = [
    "Application",
    "ApplicationItem",
    "CoreChange",
    "FullExport",
    "IdempotencyKey",
    "LateAdmission",
    "Order",
    "OrderItem",
    "Payment",
    "Refund",
    "ReturnedItem",
]
