"""Files that an institution downloads: the workbook for a list, and a sent one with every mistake marked."""

from __future__ import annotations

import io

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kupasi.acts import Act
from registration.services.rosters import signing, workbooks

from .institution_doors import needs
from .institution_rosters import own_roster
from .institution_uploads import own_upload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs("batch.upload")
@never_cache
@require_safe
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook of this institution and window, with whoever stands on the list already."""
    found, by = own_roster(request, pk), Act.of(request)
    content = workbooks.workbook_for(found, by=by)
    signing.record_download(by, found, what="workbook")
    headers = {"Content-Disposition": f'attachment; filename="roster-{found.number}.xlsx"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@needs("batch.upload")
@never_cache
@require_safe
def marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows as they were sent, with red cells, comments and a column of sentences."""
    found = own_upload(request, pk)
    signing.record_download(Act.of(request), found.roster, what="marked")
    out = io.BytesIO()
    workbooks.write_marked_for(found, out)
    headers = {"Content-Disposition": f'attachment; filename="roster-{found.roster.number}-marked-{found.pk}.xlsx"'}
    return HttpResponse(out.getvalue(), content_type=XLSX, headers=headers)
