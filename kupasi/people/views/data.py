"""One's own data: what is held, a copy, the ways to correct and to erase (section 10). Nobody else's is reached."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from kupasi.people.forms import password_field
from kupasi.people.models import Candidate, User
from kupasi.people.privacy import way
from kupasi.people.services import copies, privacy

from .own import prove


class ProofForm(forms.Form):
    """That it is oneself who takes the whole file."""

    use_required_attribute = False
    password = password_field("当前密码", autocomplete="current-password")


def _own(request: HttpRequest) -> Candidate:
    """The person behind the account; staff and institutions have none."""
    return get_object_or_404(Candidate.objects.visible_to(request.user), user=cast(User, request.user))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Everything held about oneself, masked; a POST shows the whole numbers, which is recorded."""
    candidate = _own(request)
    is_whole = request.method == "POST"
    held = privacy.reveal_own(candidate, by=Act.of(request)) if is_whole else privacy.held(candidate)
    return _shown(request, candidate, ProofForm(), held=held, is_whole=is_whole)


@sensitive_post_parameters()
@login_required
@never_cache
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """The archive of everything, for somebody who proves to be oneself."""
    candidate, by, form = _own(request), Act.of(request), ProofForm(request.POST)
    if form.is_valid():
        try:
            prove(cast(User, request.user), form.cleaned_data["password"], by=by)
        except Refusal as refusal:
            add_to_form(form, refusal, "password")
        else:
            headers = {"Content-Disposition": f'attachment; filename="my-data-{by.on:%Y%m%d}.zip"'}
            return HttpResponse(copies.copy_of(candidate, by=by), content_type="application/zip", headers=headers)
    return _shown(request, candidate, form, status=400)


@login_required
@require_POST
def clear_contacts(request: HttpRequest) -> HttpResponse:
    """Remove e-mail, education, employer and address at once."""
    privacy.clear_contacts(_own(request).pk, by=Act.of(request))
    messages.success(request, "电子邮箱、文化程度、工作单位和联系地址已删除。已提交的申报不变。")
    return redirect("own_data")


def _shown(
    request: HttpRequest, candidate: Candidate, form: ProofForm, *, status: int = 200, held: object = None,
    is_whole: bool = False,
) -> HttpResponse:  # fmt: skip
    shown = {
        "nav": "mine",
        "held": privacy.held(candidate) if held is None else held,
        "is_whole": is_whole,
        "form": form,
        "duties": privacy.duties_of(candidate, on=Act.of(request).on),
        "obstacles": privacy.obstacles_of(candidate),
        "correct_url": way("correct", candidate),
        "erase_url": way("erase", candidate),
    }
    return render(request, "people/data.html", shown, status=status)
