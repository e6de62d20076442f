"""Searching without a trace: what is searched for is posted and kept in the session, never in an address or a log."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

KEPT = "office-searches"
MOST = 20


class PostedSearch(admin.ModelAdmin):
    """A change list whose search words stay out of the address: `?q=` holds a token of the session."""

    search_fields = ("pk",)
    search_help_text = ""

    def find(self, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
        """The rows that fit the words."""
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A posted search is kept and answered by an address that says nothing."""
        if request.method == "POST" and "find" in request.POST:
            return self._keep(request, request.POST["find"].strip())
        words = self._words(request, request.GET.get("q", ""))
        if words and len(words) < 2:
            self.message_user(request, "请至少输入两个字再查找。", messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list carries what its search form shows: an inclusion tag is handed nothing else."""
        found = super().get_changelist_instance(request)
        words = self._words(request, request.GET.get("q", ""))
        vars(found).update(posts_search=True, search_words=words)
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Django's hook: the token stands for the words."""
        words = self._words(request, search_term)  # none for a token of a session that is over: then there is no search
        return (self.find(queryset, words) if words else queryset), False

    def _keep(self, request: HttpRequest, words: str) -> HttpResponse:
        query = request.GET.copy()
        for name in ("q", "p", "e"):
            query.pop(name, None)
        if words:
            token = secrets.token_urlsafe(8)
            kept = list(request.session.get(KEPT, {}).items())[-MOST + 1 :]
            request.session[KEPT] = {**dict(kept), token: words[:100]}
            query["q"] = token
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")

    def _words(self, request: HttpRequest, token: str) -> str:
        return str(request.session.get(KEPT, {}).get(token, "")) if token else ""
