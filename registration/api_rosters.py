"""Rosters over HTTP, for institutions: send a file, ask how far it is, fetch the marked one, take it."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from exams.models import Window
from kupasi.acts import Act
from kupasi.api import ProblemShape
from kupasi.errors import Refusal
from kupasi.people.models import Membership
from kupasi.people.roles import may
from registration.enums import MakingState, UploadState
from registration.models import HeaderPreset, Roster, RosterUpload
from registration.serializers_rosters import (
    MakingShape,
    RosterListSerializer,
    RosterShape,
    TakeSerializer,
    UploadSerializer,
    shape,
)
from registration.services import rosters
from registration.services.keys import Answer, once
from registration.services.rosters import marked_files

from .api import KEY

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PROBLEMS = {400: ProblemShape, 403: ProblemShape, 404: ProblemShape, 409: ProblemShape}
JUDGED = (UploadState.JUDGED, UploadState.TAKEN)


class RosterCalls(generics.GenericAPIView):
    """What all calls share: the rosters that somebody may see, and the latest file of one."""

    serializer_class = RosterListSerializer

    def get_queryset(self) -> QuerySet[Roster]:
        rows = Roster.objects.visible_to(self.request.user).select_related("window", "institution")
        return rows.order_by("-pk")

    def own(self, pk: int) -> Roster:
        """The roster, for somebody who may change it; another's is not found."""
        if not may(self.request.user, "batch.upload"):
            raise PermissionDenied
        found: Roster = generics.get_object_or_404(self.get_queryset(), pk=pk)
        return found

    def latest(self, roster: Roster) -> RosterUpload | None:
        """The file that was sent last."""
        rows = RosterUpload.objects.visible_to(self.request.user).filter(roster=roster)
        return rows.order_by("-pk").first()

    def file_of(self, roster: Roster) -> RosterUpload:
        """The file that was sent last; refuses with `no_file` where none was."""
        upload = self.latest(roster)
        if upload is None:
            raise Refusal("no_file", "这份名单还没有上传文件，请先上传。", "通知 二(二)")
        return upload

    def told(self, pk: int) -> dict[str, Any]:
        """The roster as it is now."""
        roster = self.get_queryset().get(pk=pk)
        return dict(RosterShape(shape(roster, self.latest(roster))).data)


class RosterList(RosterCalls, generics.ListAPIView):
    """`GET rosters/`: the lists of one's institution; `POST rosters/`: send a file, for a new list or another time."""

    parser_classes = [MultiPartParser]

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return queryset.annotate(people=Count("rows", filter=Q(rows__is_current=True)))

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={202: RosterShape, **PROBLEMS},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        member = Membership.objects.filter(user=request.user.pk).select_related("institution").first()
        if member is None or request.user.is_staff or not may(request.user, "batch.upload"):
            raise PermissionDenied
        asked = UploadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given, by = asked.validated_data, Act.of(request)
        content, key = given["file"].read(), request.headers.get("Idempotency-Key")

        def work() -> Answer:
            preset = self._preset(given.get("preset"), member)
            if "roster" in given:
                roster = self.own(given["roster"])
            else:
                window, label = _window(by, given.get("window")), given.get("label", "")
                roster = rosters.start_roster(member.institution, window=window, by=by, label=label)
            rosters.accept_upload(roster.pk, name=given["file"].name, content=content, by=by, preset=preset)
            return Answer(202, self.told(roster.pk))

        said = [request.path, hashlib.sha256(content).hexdigest(), {k: str(v) for k, v in given.items() if k != "file"}]
        answer = work() if key is None else once(key, by=by, request=said, work=work)
        place = reverse("api-roster", args=[answer.body["id"]], request=request)
        return Response(answer.body, status=answer.status, headers={"Location": place})

    def _preset(self, pk: int | None, member: Membership) -> HeaderPreset | None:
        if pk is None:
            return None
        known = HeaderPreset.objects.filter(Q(institution=None) | Q(institution=member.institution_id), is_active=True)
        found: HeaderPreset = generics.get_object_or_404(known, pk=pk)
        return found


class RosterDetail(RosterCalls):
    """`GET rosters/{id}/`: how far it is, and what is wrong, by row and column."""

    @extend_schema(responses={200: RosterShape, 404: ProblemShape})
    def get(self, request: Request, pk: int) -> Response:
        generics.get_object_or_404(self.get_queryset(), pk=pk)
        return Response(self.told(pk))


class RosterWorkbook(RosterCalls):
    """`GET rosters/{id}/workbook/`: the same rows back, every mistake marked; once the file has been judged.

    Of a file of more than 5,000 rows the workbook is made first: 202 says how far that is, to be asked again.
    """

    @extend_schema(
        responses={
            (200, XLSX): OpenApiResponse(OpenApiTypes.BINARY),
            202: MakingShape,
            400: ProblemShape,
            404: ProblemShape,
        }
    )
    def get(self, request: Request, pk: int) -> FileResponse | Response:
        upload = self.file_of(self.own(pk))
        if upload.state not in JUDGED:
            raise Refusal("wrong_status", "文件还没有核对完成，请稍后再取。", "通知 二(二)")
        made = marked_files.ask(upload.pk, by=Act.of(request)) if marked_files.is_large(upload) else None
        if made is not None and made.state != MakingState.READY:
            said = MakingShape({"state": made.state, "rows": made.total, "done": made.done}).data
            return Response(said, status=202, headers={"Retry-After": "5"})
        out = io.BytesIO(marked_files.content(upload, made))
        name = f"{upload.roster.number}.xlsx"
        return FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)


class RosterTake(RosterCalls):
    """`POST rosters/{id}/take/`: make the list what the judged file says; nothing is taken before."""

    @extend_schema(request=TakeSerializer, responses={200: RosterShape, **PROBLEMS}, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        upload = self.file_of(self.own(pk))
        asked = TakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        by, key = Act.of(request), request.headers.get("Idempotency-Key")
        take = rosters.take_all if asked.validated_data["rows"] == "all" else rosters.take_valid
        rosters.recheck(upload.pk, by=by)  # its marks stay, also when the taking is refused

        def work() -> Answer:
            take(upload.pk, by=by)
            return Answer(200, self.told(pk))

        answer = work() if key is None else once(key, by=by, request=[request.path, request.data], work=work)
        return Response(answer.body, status=answer.status)


class RosterCancel(RosterCalls):
    """`POST rosters/{id}/cancel/`: stop work on the file, or put a judged one aside; saying so twice is once."""

    @extend_schema(request=None, responses={200: RosterShape, **PROBLEMS})
    def post(self, request: Request, pk: int) -> Response:
        upload = self.file_of(self.own(pk))
        if upload.state in {UploadState.JUDGED, UploadState.DISCARDED}:
            rosters.discard_upload(upload.pk, by=Act.of(request))
        else:
            rosters.cancel_upload(upload.pk, by=Act.of(request))
        return Response(self.told(pk))


def _window(by: Act, opens_on: Any) -> Window:
    """The window that opens on a day, or else the one that is open or comes next."""
    rows = Window.objects.public().filter(closes_on__gte=by.on).order_by("opens_on")
    found = rows.filter(opens_on=opens_on).first() if opens_on else rows.first()
    if found is None:
        raise Refusal("no_open_window", "没有这个可申报的时间段，请选择正在开放或即将开放的时间段。", "通知 附件1")
    return found
