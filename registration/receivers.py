"""What the front desk does when the apps below tell it something; each only touches the database."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from exams.signals import results_published
from kupasi.acts import Act

from .services.conclusion import conclude


@receiver(results_published, dispatch_uid="registration.conclude")
def on_results_published(sender: Any, *, entry_ids: list[int], by: Act, **kwargs: Any) -> None:
    """Results are out."""
    conclude(entry_ids, by=by)
