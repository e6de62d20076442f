"""Settings and documents for the office (matrix sys.settings, plan.edit)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from exams.defaults import BY_KEY, SettingSpec
from exams.models import Document, DocumentVersion, Setting
from exams.services.notice import (
    add_version,
    publish_document,
    rewrite_document,
    withdraw_document,
    write_document,
)
from exams.services.settings import catalogue
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.approvals import services as approvals
from kupasi.errors import Refusal, add_to_form
from kupasi.people.roles import may

from .base import DraftAdmin, ServiceForm
from .calendar import ReadOnlyInline

SETTINGS = "sys.settings"


class SettingForm(forms.Form):
    """A new value of the setting's own kind, and why."""

    reason = forms.CharField(label="修改理由", max_length=200)

    def __init__(self, *args: Any, spec: SettingSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"value": _field(spec), **self.fields}


def _field(spec: SettingSpec) -> forms.Field:
    if isinstance(spec.default, bool):
        return forms.BooleanField(label=spec.label, required=False)
    if isinstance(spec.default, int):
        return forms.IntegerField(label=spec.label, min_value=0, max_value=3650)
    return forms.CharField(label=spec.label, max_length=300, required=bool(spec.default))


@admin.register(Setting)
class SettingAdmin(RecordAdmin):
    """The whole catalogue on one page; each value changes on a page of its own, with a reason."""

    see = (SETTINGS,)

    def get_urls(self) -> list[URLPattern]:
        edit = self.admin_site.admin_view(self.edit)
        return [path("<slug:key>/edit/", edit, name="exams_setting_edit"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every setting: default, value, clause, who changed it and when."""
        if not self.has_view_permission(request):
            raise Http404
        shown = {"title": "设置", "groups": catalogue(), "may_edit": may(request.user, SETTINGS, how="ask")}
        return render(request, "exams/settings/list.html", {**self.admin_site.each_context(request), **shown})

    def edit(self, request: HttpRequest, key: str) -> HttpResponse:
        """Ask for another value; the auditor approves it, and only then it holds."""
        spec = BY_KEY.get(key)
        if spec is None or not may(request.user, SETTINGS, how="ask"):
            raise Http404
        row = Setting.objects.filter(pk=key).first()
        current = spec.default if row is None else row.value
        form = SettingForm(request.POST or None, spec=spec, initial={"value": current})
        if request.method == "POST" and form.is_valid():
            words = form.cleaned_data
            try:
                payload = {"key": key, "value": words["value"]}
                approvals.ask(
                    Act.of(request), kind="setting_change", about=None, payload=payload, reason=words["reason"], key=key
                )
                messages.success(request, f"已提交审批：{spec.label}。审计批准后生效。")
                return redirect(reverse("admin:exams_setting_changelist"))
            except Refusal as refusal:
                add_to_form(form, refusal, "value")
        shown = {"title": spec.label, "form": form, "spec": spec}
        return render(request, "exams/settings/edit.html", {**self.admin_site.each_context(request), **shown})


class DocumentForm(ServiceForm):
    """Words, and a new version of the file."""

    file = forms.FileField(label="新版本文件", required=False, help_text="上传即成为新版本，旧版本保留。")

    class Meta:
        model = Document
        fields = ("title", "body")

    def perform(self) -> Document:
        words, file = self.cleaned_data, self.cleaned_data["file"]
        if self.instance.pk is None:
            document = write_document(title=words["title"], body=words["body"], by=self.by)
        else:
            document = rewrite_document(self.instance.pk, title=words["title"], body=words["body"], by=self.by)
        if file:
            add_version(document.pk, content=file.read(), file_name=file.name, by=self.by)
        return document


class VersionInline(ReadOnlyInline):
    model = DocumentVersion
    fields = ("version", "file_name", "size", "sha256", "added_at")
    show_change_link = False


@admin.register(Document)
class DocumentAdmin(DraftAdmin):
    """公告与下载: written, published, withdrawn; files in versions."""

    see = do = add = ("plan.edit",)
    form = DocumentForm
    list_display = ("title", "published_at", "withdrawn_at")
    inlines = (VersionInline,)
    actions = ("publish", "withdraw")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    @admin.action(description="公布所选公告", permissions=["change"])
    def publish(self, request: HttpRequest, rows: Any) -> None:
        """Show them on the public site."""
        self.run(request, rows, lambda pk, by: publish_document(pk, by=by), done="已公布")

    @admin.action(description="撤下所选公告", permissions=["change"])
    def withdraw(self, request: HttpRequest, rows: Any) -> None:
        """Take them off the public site."""
        self.run(request, rows, lambda pk, by: withdraw_document(pk, by=by), done="已撤下")
