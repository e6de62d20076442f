"""The nouns of the front desk."""

from .applications import Application, ApplicationItem, IdempotencyKey, ReturnedItem
from .money import Order, OrderItem, Payment

__all__ = ["Application", "ApplicationItem", "IdempotencyKey", "Order", "OrderItem", "Payment", "ReturnedItem"]
