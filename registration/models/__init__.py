"""The nouns of the front desk."""

from .applications import Application, ApplicationItem, IdempotencyKey, ReturnedItem
from .countersigns import Countersign
from .disruptions import DisruptionChoice
from .exceptions import CoreChange, FullExport, LateAdmission
from .marked_files import ListFile, MarkedFile
from .money import Order, OrderItem, Payment
from .objections import RosterObjection
from .refunds import Refund
from .roster_photos import RosterPhotoZip
from .rosters import HeaderPreset, Roster, RosterPhoto, RosterRow, RosterUpload
from .webhooks import Webhook, WebhookDelivery

__all__ = [
    "Application",
    "ApplicationItem",
    "CoreChange",
    "Countersign",
    "DisruptionChoice",
    "FullExport",
    "HeaderPreset",
    "IdempotencyKey",
    "LateAdmission",
    "ListFile",
    "MarkedFile",
    "Order",
    "OrderItem",
    "Payment",
    "Refund",
    "ReturnedItem",
    "Roster",
    "RosterObjection",
    "RosterPhoto",
    "RosterPhotoZip",
    "RosterRow",
    "RosterUpload",
    "Webhook",
    "WebhookDelivery",
]
