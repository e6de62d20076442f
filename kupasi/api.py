"""The manners of the HTTP API: problem documents, pages, and a JSON parser that takes no nonsense."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.metadata import BaseMetadata
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle

from kupasi.errors import Refusal, Refusals

if TYPE_CHECKING:
    from rest_framework.views import APIView

CONFLICTS = {
    "duplicate_application",
    "open_application",
    "wrong_status",
    "full",
    "key_reused",
    "reference_used",
    "stale",
    "rows_invalid",
    "upload_running",
    "roster_frozen",
}
DEPTH = 20
LONGEST_BODY = 1024 * 1024


class Problem(Response):
    """An `application/problem+json` answer (RFC 9457) with the product's stable code."""

    def __init__(self, *, http: int, code: str, title: str, detail: str = "", **extra: Any) -> None:
        body = {"type": "about:blank", "title": title, "status": http, "code": code, "detail": detail or title}
        body |= {key: value for key, value in extra.items() if value}
        super().__init__(body, status=http, content_type="application/problem+json")


class ProblemErrorShape(serializers.Serializer[Any]):
    """One fault: the field it is in (empty for the whole), a code, a sentence; the clause where a rule refused."""

    field = serializers.CharField(required=False)
    code = serializers.CharField(required=False)
    message = serializers.CharField()
    clause = serializers.CharField(required=False)


class ProblemShape(serializers.Serializer[Any]):
    """What every error looks like (RFC 9457, `application/problem+json`)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    clause = serializers.CharField(required=False)
    errors = ProblemErrorShape(many=True, required=False)  # type: ignore[assignment]  # the name that RFC 9457 users know


def of_refusal(refusal: Refusal) -> Problem:
    """A refusal as a problem document: 409 where the state of things stands against it, 400 otherwise.

    `asked`, where a refusal carries it, is what the next attempt must send (texts with their keys, a version).
    """
    facts = refusal.facts if isinstance(refusal, Refusals) else []
    listed = [fact.as_dict() for fact in facts]
    code = refusal.code or "refused"
    http = status.HTTP_409_CONFLICT if code in CONFLICTS else status.HTTP_400_BAD_REQUEST
    more: dict[str, Any] = {"clause": refusal.clause, "errors": listed, "asked": refusal.extra.get("asked")}
    return Problem(http=http, code=code, title="不予受理", detail=refusal.sentence, **more)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error leaves as a problem document; what is unknown stays a 500."""
    if isinstance(error, Refusal):
        return of_refusal(error)
    if isinstance(error, Http404):
        return Problem(http=404, code="not_found", title="没有找到")
    if isinstance(error, PermissionDenied):
        return Problem(http=403, code="forbidden", title="无权操作")
    if isinstance(error, DjangoValidationError):
        return Problem(
            http=400, code="invalid", title="内容有误", errors=[{"message": text} for text in error.messages]
        )
    if isinstance(error, exceptions.APIException):
        return _of_api(error)
    return None


def _of_api(error: exceptions.APIException) -> Problem:
    codes = {400: "invalid", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
    code = getattr(error, "problem_code", "") or codes.get(error.status_code) or str(error.default_code)
    told = isinstance(error, exceptions.ValidationError | exceptions.ParseError)
    errors = list(_flat(error.detail)) if told else []
    detail = _told(errors) if errors else str(error.detail)
    answer = Problem(http=error.status_code, code=code, title="请求未被接受", detail=detail, errors=errors)
    wait = getattr(error, "wait", None)
    if wait:
        answer["Retry-After"] = str(int(wait) + 1)
    if error.status_code == status.HTTP_401_UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Bearer realm="api"'
    return answer


def _told(errors: list[dict[str, Any]]) -> str:
    """The faults in a sentence, the first three of them; all stand in `errors`."""
    told = [f"{one['field']}：{one['message']}" if one["field"] else str(one["message"]) for one in errors]
    return " ".join(told[:3]) + (f" 另有 {len(told) - 3} 处。" if len(told) > 3 else "")


def _flat(detail: Any, field: str = "") -> Any:
    """DRF's nested details as a flat list of {field, code, message}."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _flat(value, f"{field}.{key}" if field else str(key))
    elif isinstance(detail, list):
        for value in detail:
            yield from _flat(value, "" if field == "non_field_errors" else field)
    else:
        yield {"field": field, "code": getattr(detail, "code", "invalid"), "message": str(detail)}


class Pages(PageNumberPagination):
    """Fifty rows a page, two hundred at most; a parameter that a list does not know, or gets twice, is refused.

    A list names what it can be narrowed by in `filters`; an ignored filter would look like an answer to it.
    """

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The page that is asked for."""
        known = {*getattr(view, "filters", ()), self.page_query_param, self.page_size_query_param, "format"}
        found: dict[str, list[Any]] = {}
        for name, values in request.query_params.lists():
            if name not in known:
                found[name[:40]] = [exceptions.ErrorDetail("没有这个参数。", code="unknown")]
            elif len(values) > 1:
                found[name[:40]] = [exceptions.ErrorDetail("每个参数只能出现一次。", code="repeated")]
        if found:
            raise exceptions.ValidationError(found)
        return super().paginate_queryset(queryset, request, view)


class Methods(BaseMetadata):
    """What OPTIONS tells: the methods; what they mean stands in the schema, for readers."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        """The methods of an address and where they are described."""
        return {"methods": view.allowed_methods, "schema": "/api/v1/schema/"}


class Rate(ScopedRateThrottle):
    """A fixed number of calls per address and period, counted in one small cache row however high the number is."""

    left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this call is within the rate of the view's `throttle_scope`."""
        self.scope = view.throttle_scope  # type: ignore[attr-defined]
        most, period = self.parse_rate(self.get_rate())
        if most is None or period is None:
            return True
        now = self.timer()
        self.left = period - now % period
        key = f"{self.get_cache_key(request, view)}:{int(now // period)}"
        if self.cache.add(key, 1, timeout=period * 2):
            return True
        try:
            return bool(self.cache.incr(key) <= most)
        except ValueError:  # the row went between the two: it was counted in a period that is over
            return True

    def wait(self) -> float:
        """Seconds until the next period."""
        return self.left


class StrictJSONParser(BaseParser):
    """JSON in UTF-8: no NaN, no infinite numbers, no repeated keys, no lone surrogates, no NUL, no deep nesting."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(LONGEST_BODY + 1)
        if len(raw) > LONGEST_BODY:
            raise exceptions.ParseError("内容过大。", code="too_large")
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
            _check(value)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("不是可以接受的 JSON。") from error
        return value


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def _check(value: Any, depth: int = 0) -> None:
    if depth > DEPTH:
        raise ValueError("too deep")
    if isinstance(value, dict):
        for key, one in value.items():
            _check(key, depth + 1)
            _check(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _check(one, depth + 1)
    elif isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise ValueError("character")
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("infinite")
