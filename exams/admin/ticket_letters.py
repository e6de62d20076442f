"""Letters on paper from the call list: printed in one go, and noted when they were taken to the post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.models import AdmissionTicket
from exams.services import ticket_letters
from kupasi.acts import Act
from kupasi.admin import RecordAdmin
from kupasi.errors import Refusal, add_to_form
from kupasi.notices.admin import PostedForm, letters_pdf

from .arrange import does, may_do

if TYPE_CHECKING:
    Base = RecordAdmin
else:
    Base = object

UNANSWERED = "我们尚未收到您对准考证的确认，电话也未能联系上您，现以信函告知。准考证仍然有效，请按时参加评价。"
CALL_LIST = "?queue=call"


class LettersOfTickets(Base):
    """The part of the tickets' pages that writes to those who were called in vain."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return ticket_letters.with_posting(super().get_queryset(request))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Whoever only reads is offered no door."""
        arranges = may_do(request.user, "seat.arrange")
        return tuple(one for one in self.list_display if arranges or one != "by_post")

    def has_arrange_permission(self, request: HttpRequest) -> bool:
        """Whoever arranges writes to those who were called in vain."""
        return may_do(request.user, "seat.arrange")

    @admin.action(description="打印信函（考前一天仍未确认、有地址的）", permissions=["arrange"])
    def print_letters(self, request: HttpRequest, rows: QuerySet[AdmissionTicket]) -> HttpResponse | None:
        """One PDF for the post; whose address was printed is recorded."""
        try:
            letters = ticket_letters.take_letters(list(rows.values_list("pk", flat=True)), by=Act.of(request))
        except Refusal as refusal:
            self.tell(request, refusal)
            return None
        content = letters_pdf(letters, request, closing=UNANSWERED, stated=ticket_letters.stated_on(letters))
        headers = {"Content-Disposition": 'inline; filename="ticket-letters.pdf"'}
        return HttpResponse(content, content_type="application/pdf", headers=headers)

    @does("seat.arrange")
    def posted(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note that the letter of a ticket was posted."""
        ticket = get_object_or_404(self.get_queryset(request).select_related("entry__candidate"), pk=pk)
        by = Act.of(request)
        form = PostedForm(request.POST or None, initial={"posted_on": by.on})
        if form.is_valid():
            try:
                ticket_letters.note_letter_posted(pk, by=by, **form.cleaned_data)
                self.message_user(request, "已登记邮寄。", messages.SUCCESS)
                return redirect(reverse("admin:exams_admissionticket_changelist") + CALL_LIST)
            except Refusal as refusal:
                add_to_form(form, refusal)
        shown = {**self.admin_site.each_context(request), "title": "登记邮寄", "ticket": ticket, "form": form}
        return TemplateResponse(request, "admin/exams/ticket_posted.html", shown)

    @admin.display(description="信函邮寄", ordering="posted_on")
    def by_post(self, row: Any) -> str | SafeString:
        """When it was posted and the receipt's number, or the page where that is noted."""
        if row.posted_on:
            return f"{row.posted_on:%Y-%m-%d} {row.posted_proof}"
        if not row.entry.candidate.postal_address or not row.version:
            return "—"
        return format_html('<a href="{}">登记邮寄</a>', reverse("admin:exams_ticket_posted", args=[row.pk]))
