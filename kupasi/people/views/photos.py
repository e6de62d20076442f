"""The door to portraits: whoever may see one gets it through this view, nobody gets an address to it."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from kupasi.acts import Act
from kupasi.audit.services import record
from kupasi.people.models import Photo, User
from kupasi.people.roles import has_cell


@require_safe
@login_required
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """One portrait; another's is not found. Looks by those whose looks are logged are logged (matrix: pii.photo)."""
    user = cast(User, request.user)
    found = get_object_or_404(Photo.objects.visible_to(user), pk=pk)
    if user.is_staff and not has_cell(user, "pii.photo", "YR"):
        with transaction.atomic():
            record(Act.of(request), "photo.view", found)
    with found.file.open("rb") as file:
        content = file.read()
    headers = {
        "Cache-Control": "no-store, private",
        "Content-Disposition": f'inline; filename="photo-{found.pk}.jpg"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
