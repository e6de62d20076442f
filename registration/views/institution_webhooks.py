"""An institution's webhooks: opened with a secret shown once, closed, and the log with what can be sent again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form
from registration.models import Webhook, WebhookDelivery
from registration.services import webhooks as services

from .institution_doors import needs, own_institution

SHOWN = 100


class WebhookForm(forms.Form):
    """Where to send."""

    url = forms.CharField(
        label="接收地址",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        help_text="以 https:// 开头的公网地址。",
    )
    use_required_attribute = False


@require_http_methods(["GET", "HEAD", "POST"])
@needs("account.create_clerk")
@sensitive_variables("secret")
def webhooks(request: HttpRequest) -> HttpResponse:
    """The addresses and the log; a POST opens an address and shows its secret once."""
    form, secret, status = WebhookForm(request.POST or None), "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                url = form.cleaned_data["url"]
                _, secret = services.open_webhook(own_institution(request), url=url, by=Act.of(request))
            except Refusal as refusal:
                add_to_form(form, refusal, "url")
            else:
                form, status = WebhookForm(), 200
    rows = WebhookDelivery.objects.visible_to(request.user).select_related("webhook").order_by("-pk")
    context = {
        "nav": "mine",
        "form": form,
        "secret": secret,
        "hooks": Webhook.objects.visible_to(request.user),
        "deliveries": rows[:SHOWN],
    }
    answer = render(request, "registration/institution/webhooks.html", context, status=status)
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@needs("account.create_clerk")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Send nothing more there."""
    found = get_object_or_404(Webhook.objects.visible_to(request.user), pk=pk)
    services.close_webhook(found.pk, by=Act.of(request))
    messages.success(request, "已停用，不再推送。")
    return redirect("institution-webhooks")


@require_POST
@needs("account.create_clerk")
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one event again."""
    found = get_object_or_404(WebhookDelivery.objects.visible_to(request.user), pk=pk)
    if services.replay(found.pk, by=Act.of(request)):
        messages.success(request, "已重新排入发送。")
    else:
        messages.info(request, "这一条正在等待发送，或地址已停用。")
    return redirect("institution-webhooks")
