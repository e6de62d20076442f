"""A page of our own that makes the API's schema readable: no script, nothing from outside, works everywhere."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

PREFIX = "/api/v1/"
DEEPEST = 5
KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 80},
    "description": "相同的键和内容得到相同的答复；内容不同则 409。",
}
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Row:
    """One value that is asked for or answered: its name with the way to it, its type, and what it means."""

    name: str
    type: str
    required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that a call may answer with, and the rows of its body."""

    status: str
    text: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One method on one address."""

    method: str
    path: str
    anchor: str
    summary: str
    text: str
    needs_token: bool
    parameters: tuple[Row, ...]
    body: tuple[Row, ...]
    answers: tuple[Answer, ...]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every call, grouped by the first word of its address."""
    return render(request, "api/docs.html", {"groups": groups(), "title": schema()["info"]["title"]})


@functools.cache
def schema() -> dict[str, Any]:
    """The OpenAPI document, made once a process: it follows from the code alone."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


@functools.cache
def groups() -> dict[str, tuple[Call, ...]]:
    """Name of the group → its calls, in the order of the addresses."""
    found: dict[str, list[Call]] = {}
    for path, item in schema()["paths"].items():
        for method in METHODS:
            if method in item:
                found.setdefault(path.removeprefix(PREFIX).split("/")[0], []).append(_call(path, method, item[method]))
    return {name: tuple(calls) for name, calls in found.items()}


def _call(path: str, method: str, operation: Mapping[str, Any]) -> Call:
    security = operation.get("security", [])
    answers = operation.get("responses", {})
    return Call(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        needs_token=bool(security) and {} not in security,
        parameters=tuple(_parameter(one) for one in operation.get("parameters", [])),
        body=tuple(_body(operation.get("requestBody", {}))),
        answers=tuple(
            Answer(key, one.get("description", ""), tuple(_body(one))) for key, one in answers.items() if key < "400"
        ),
    )


def _parameter(one: Mapping[str, Any]) -> Row:
    return Row(one["name"], _type(one.get("schema", {})), one.get("required", False), one.get("description", ""))


def _body(holder: Mapping[str, Any]) -> Iterator[Row]:
    for content in list(holder.get("content", {}).values())[:1]:
        yield from _rows(content.get("schema", {}))


def _rows(node: Mapping[str, Any], way: str = "", depth: int = 0) -> Iterator[Row]:
    """The values of an object, those inside them after them."""
    found = _resolved(node)
    if found.get("type") == "array":
        yield from _rows(found.get("items", {}), f"{way}[]", depth)
        return
    required = found.get("required", [])
    for name, value in found.get("properties", {}).items():
        whole = f"{way}.{name}" if way else name
        yield Row(whole, _type(value), name in required, _resolved(value).get("description", ""))
        if depth < DEEPEST:
            yield from _rows(value, whole, depth + 1)


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference, or the first part of a combination, points to."""
    for key in ("allOf", "oneOf", "anyOf"):
        if key in node:
            return {**_resolved(node[key][0]), **{name: value for name, value in node.items() if name != key}}
    if "$ref" not in node:
        return node
    name = node["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = schema()["components"]["schemas"].get(name, {})
    return found


def _type(node: Mapping[str, Any]) -> str:
    found = _resolved(node)
    kind = found.get("type", "object" if "properties" in found else "")
    kinds = [one for one in (kind if isinstance(kind, list) else [kind]) if one and one != "null"]
    word = found.get("format") or " / ".join(kinds)
    if found.get("enum"):
        word = " | ".join(str(one) for one in found["enum"] if one is not None)
    nullable = node.get("nullable") or found.get("nullable") or (isinstance(kind, list) and "null" in kind)
    return f"{word} | null" if nullable else word


def problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Let every call say what its errors look like, and every write that it takes a key (a schema hook)."""
    shape = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}}
    for item in result["paths"].values():
        _name_the_key(item.get("post", {}))
        for method in METHODS:
            responses = item.get(method, {}).get("responses", {})
            for status, answer in responses.items():
                if status >= "400":
                    responses[status] = {"description": answer.get("description") or "未被接受", **shape}
            if responses:
                responses["default"] = {"description": "其他错误", **shape}
    return result


def _name_the_key(operation: dict[str, Any]) -> None:
    """A write under a token accepts an `Idempotency-Key`; where a call words it itself, its words stay."""
    named = {one["name"] for one in operation.get("parameters", [])}
    if operation.get("security") and {} not in operation["security"] and KEY["name"] not in named:
        operation["parameters"] = [*operation.get("parameters", []), KEY]


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema names our keys."""

    target_class = "kupasi.people.tokens.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """`Authorization: Bearer …`."""
        return {"type": "http", "scheme": "bearer"}


@extend_schema(exclude=True)
class NothingHere(APIView):
    """An address of the API that does not exist, answered in the API's own manner."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Not found, whatever the method."""
        raise Http404
