"""Letters for reading; those that did not arrive are the call list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kupasi import pdf, typeface
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal, add_to_form
from kupasi.people.masking import mask_name
from kupasi.people.roles import has_cell, may

from . import posting
from .enums import NoticeStatus
from .models import Heartbeat, Notice

FAMILIES = {
    "申报与缴费": ("application", "part_paid"),
    "更正与逾期受理": ("core_change", "late_admission"),
    "准考证": ("ticket",),
    "成绩": ("result",),
    "证书": ("certificate",),
    "违纪处理": ("bar", "case"),
    "审批": ("proposal",),
    "账号": ("account", "password", "sign_up"),
}
OTHER = "其他"


def family_of(kind: str) -> str:
    """What a letter is about, in words."""
    return next((name for name, starts in FAMILIES.items() if kind.startswith(starts)), OTHER)


def of_family(name: str) -> Q:
    """The letters of a family; those of none are `OTHER`."""
    starts = FAMILIES.get(name) or [one for each in FAMILIES.values() for one in each]
    found = Q()
    for start in starts:
        found |= Q(kind__startswith=start)
    return found if name in FAMILIES else ~found


class FamilyFilter(admin.SimpleListFilter):
    """Letters by what they are about: a kind is a word of the code."""

    title = "种类"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in (*FAMILIES, OTHER)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        name = self.value()
        return queryset.filter(of_family(name)) if name else queryset


class PostedForm(forms.Form):
    """When a letter was taken to the post, and the receipt's number."""

    posted_on = forms.DateField(label="交寄日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    proof = forms.CharField(label="挂号或快递单号", max_length=60, help_text="收据留存备查")


def may_post(user: Any) -> bool:
    """Those who review and may see a whole address (matrix: app.review, pii.full_id)."""
    return may(user, "app.review", how="approve") and has_cell(user, "pii.full_id", "LTY")


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    """What was written to whom and whether it left. `?status__exact=failed` is the list of those to call."""

    see = ("app.review",)
    list_display = ("queued_at", "reader", "phone", "subject", "channel", "status", "why")
    list_filter = ("status", "channel", FamilyFilter)
    list_select_related = ("candidate", "user")
    search_fields = ("=about_id", "candidate__name")
    search_help_text = "关联编号或姓名"
    show_facets = admin.ShowFacets.NEVER
    fields = (
        "queued_at", "reader", "phone", "family", "channel", "subject", "body", "url", "status", "tries", "next_try_at",
        "why", "sent_at", "read_at", "by_post",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("print_letters",)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/posted/", self.admin_site.admin_view(self.posted), name="notices_notice_posted")
        return [own, *super().get_urls()]

    def has_post_permission(self, request: HttpRequest) -> bool:
        """See `may_post`."""
        return may_post(request.user)

    @admin.action(description="打印信函（未送达、有地址的）", permissions=["post"])
    def print_letters(self, request: HttpRequest, rows: QuerySet[Notice]) -> HttpResponse | None:
        """One PDF for the post; whose address was printed is recorded."""
        try:
            letters = posting.take_printed(rows.values_list("pk", flat=True), by=Act.of(request))
        except Refusal as refusal:
            self.tell(request, refusal)
            return None
        return HttpResponse(
            letters_pdf(letters, request),
            content_type="application/pdf",
            headers={"Content-Disposition": 'inline; filename="letters.pdf"'},
        )

    def posted(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note that a letter was posted."""
        if not may_post(request.user):
            raise PermissionDenied
        notice = get_object_or_404(self.get_queryset(request).select_related("candidate", "user"), pk=pk)
        by = Act.of(request)
        form = PostedForm(request.POST or None, initial={"posted_on": by.on})
        if form.is_valid():
            try:
                posting.note_posted(notice.pk, by=by, **form.cleaned_data)
                self.message_user(request, "已登记邮寄。")
                return redirect(reverse("admin:notices_notice_changelist") + "?status__exact=failed")
            except Refusal as refusal:
                add_to_form(form, refusal)
        shown = {
            **self.admin_site.each_context(request),
            "title": "登记邮寄",
            "notice": notice,
            "form": form,
            "posting": getattr(notice, "posting", None),
            "may_post": notice.status == NoticeStatus.FAILED,
        }
        return render(request, "admin/notices/posted.html", shown)

    @admin.display(description="邮寄")
    def by_post(self, notice: Notice) -> str | SafeString:
        """When it was posted, or the page where that is noted."""
        done = getattr(notice, "posting", None)
        if done is not None:
            return str(done)
        if notice.status != NoticeStatus.FAILED:
            return "—"
        return format_html('<a href="{}">登记邮寄</a>', reverse("admin:notices_notice_posted", args=[notice.pk]))

    @admin.display(description="种类")
    def family(self, notice: Notice) -> str:
        """In words."""
        return family_of(notice.kind)

    @admin.display(description="收件人")
    def reader(self, notice: Notice) -> str:
        """Masked, as everywhere, but for one's colleagues."""
        user = notice.user
        if notice.candidate is not None or user is None:
            return str(notice.candidate or "")
        return str(user) if user.is_staff else mask_name(user.name)

    @admin.display(description="未送达的原因", ordering="last_error")
    def why(self, notice: Notice) -> str:
        """In words, after how many tries."""
        return f"{notice.why}，试过 {notice.tries} 次" if notice.last_error else ""

    @admin.display(description="手机")
    def phone(self, notice: Notice) -> str:
        """Whom to call when nothing arrives; the whole number stands on the person's page."""
        return notice.candidate.masked_phone if notice.candidate else ""

    def get_queryset(self, request):  # type: ignore[no-untyped-def]
        """The office reads all letters, not only its own."""
        return admin.ModelAdmin.get_queryset(self, request)


UNDELIVERED = "以上内容已以电子邮件或短信发出，未能送达，现以信函告知。也可登录系统，在“信件”中查看全文并办理。"


def letters_pdf(
    letters: list[Notice],
    request: HttpRequest,
    *,
    closing: str = UNDELIVERED,
    stated: Mapping[int, Mapping[str, Any]] | None = None,
) -> bytes:
    """A page for each letter, the address where a window envelope shows it; `closing` says why it is on paper.

    `stated` gives by a letter's key what its ticket states, for those who will not open it (`number` and `lines`).
    """
    from weasyprint import HTML  # late: it needs system libraries

    pages = [(one, (stated or {}).get(one.pk)) for one in letters]
    shown = {"letters": pages, "closing": closing, "printed_on": Act.of(request).on}
    html = render_to_string("pdf/letters.html", shown, request)
    sheets = [typeface.face(), pdf.stylesheet("base.css"), pdf.stylesheet("letters.css")]
    return bytes(HTML(string=html, url_fetcher=pdf.fetcher()).write_pdf(font_config=pdf.fonts(), stylesheets=sheets))


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordAdmin):
    """The last sign of life of the worker and of the clock."""

    see = ("sys.logs",)
    list_display = ("part", "at")
    readonly_fields = ("part", "at")
