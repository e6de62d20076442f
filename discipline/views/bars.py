"""Lists of bars from the authorities: upload with every error named, preview, and on to the second supervisor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from discipline.forms import BarListForm
from discipline.models import BarList
from discipline.rules.bar_rows import NEEDED, OPTIONAL, RowError
from discipline.services import bar_lists
from exams.views.doors import needs
from kupasi import clock
from kupasi.acts import Act
from kupasi.approvals.enums import ProposalStatus
from kupasi.approvals.kinds import get
from kupasi.approvals.models import Proposal
from kupasi.errors import Refusal, add_to_form

SHOWN = 200  # lines of a list, and errors, on one page


@require_http_methods(["GET", "HEAD", "POST"])
@needs("sanction.lift")
def lists(request: HttpRequest) -> HttpResponse:
    """Lists that came; a supervisor uploads one, all of it or nothing."""
    asks, errors = get("bar_list").may_ask(request.user), list[RowError]()
    form = BarListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and not asks:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        kept = _kept(request, form, errors)
        if kept is not None:
            return redirect("bar-list", pk=kept.pk)
    rows = BarList.objects.visible_to(request.user).select_related("uploaded_by", "taken_by")
    shown = {"lists": rows, "form": form, "asks": asks, "errors": errors[:SHOWN], "more": max(0, len(errors) - SHOWN)}
    return render(request, "discipline/bars/lists.html", shown)


def _kept(request: HttpRequest, form: BarListForm, errors: list[RowError]) -> BarList | None:
    """The kept list; refusals stand on the form, wrong lines in `errors`."""
    data = form.cleaned_data["file"].read()
    try:
        errors += bar_lists.judge(data, on=clock.today())[1]
        kept = bar_lists.keep(data, source=form.cleaned_data["source"], by=Act.of(request))
    except Refusal as refusal:
        add_to_form(form, refusal)
        return None
    messages.success(request, "名单已保存，还没有登记任何期限。请核对预览后提交另一位主管核准。")
    return kept


@require_safe
@needs("sanction.lift")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list would do, line by line; a person unknown here is a hash and the last four characters."""
    found = get_object_or_404(BarList.objects.visible_to(request.user), pk=pk)
    known: dict[int, list[Any]] = {}
    for each in bar_lists.known(found) if found.taken_at is None else []:
        known.setdefault(each.line.pk, []).append(each)
    rows = found.lines.select_related("clause", "bar__candidate").order_by("line")
    asked = Proposal.objects.visible_to(request.user).filter(
        kind="bar_list", about_id=str(found.pk), status=ProposalStatus.OPEN
    )
    waits = asked.first()
    shown = {
        "list": found,
        "rows": [(line, known.get(line.pk, [])) for line in rows[:SHOWN]],
        "total": rows.count(),
        "shown": SHOWN,
        "certain": sum(each[0].is_certain for each in known.values()),
        "waiting": rows.filter(bar=None).count(),
        "asked": waits,
        "asks": found.taken_at is None and waits is None and get("bar_list").may_ask(request.user),
    }
    return render(request, "discipline/bars/list.html", shown)


@require_safe
@needs("sanction.lift")
def template(request: HttpRequest) -> HttpResponse:
    """An empty list to fill in."""
    answer = HttpResponse("\ufeff" + ",".join((*NEEDED, *OPTIONAL)) + "\r\n", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="bar-list.csv"'
    return answer
