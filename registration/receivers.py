"""What the front desk does when the apps below tell it something; each only touches the database."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from exams.signals import results_published, session_cancelled, sitting_disrupted
from kupasi.acts import Act

from .services import disruptions
from .services.conclusion import conclude


@receiver(results_published, dispatch_uid="registration.conclude")
def on_results_published(sender: Any, *, entry_ids: list[int], by: Act, **kwargs: Any) -> None:
    """Results are out."""
    conclude(entry_ids, by=by)


@receiver(session_cancelled, dispatch_uid="registration.open_choices_of_session")
def on_session_cancelled(sender: Any, *, disruption_id: int, by: Act, **kwargs: Any) -> None:
    """A session was cancelled or moved whole."""
    disruptions.open_of_session(disruption_id, by=by)


@receiver(sitting_disrupted, dispatch_uid="registration.open_choices_of_sitting")
def on_sitting_disrupted(sender: Any, *, disruption_id: int, entry_ids: list[int], by: Act, **kwargs: Any) -> None:
    """A sitting was cancelled or moved."""
    disruptions.open_of_sitting(disruption_id, entry_ids, by=by)
