"""Retakes over HTTP: the wallet of kept passes, and applying for the missing subjects in one call (通知 四)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exams.services.kept_passes import Entitlement, Kept, wallet
from kupasi import clock
from kupasi.acts import Act
from kupasi.api import ProblemShape
from kupasi.people.models import Candidate
from registration.api import KEY, ApplicationSerializer, WholeSerializer
from registration.models import Application
from registration.serializers_rules import RefusalShown, WindowShown
from registration.services.keys import Answer, once
from registration.services.online import WholeApplication
from registration.services.retakes import retake_at_once


class KeptSerializer(serializers.Serializer[Kept]):
    """A passed subject that is kept; `valid_until` is the last day for a retake, included."""

    subject = serializers.CharField(source="subject.code")
    value = serializers.DecimalField(max_digits=4, decimal_places=1)
    passed_on = serializers.DateField()
    valid_until = serializers.DateField()


class RetakeSerializer(serializers.Serializer[Entitlement]):
    """What may be retaken in an occupation: as `rules/retake/` answers, with what is kept and the windows left."""

    occupation = serializers.CharField(source="occupation.code")
    allowed = serializers.BooleanField(source="is_allowed")
    subjects = serializers.ListField(source="codes", child=serializers.CharField())
    kept = KeptSerializer(many=True)
    valid_until = serializers.DateField(allow_null=True)
    fee = serializers.SerializerMethodField()
    windows = WindowShown(many=True)
    refusals = RefusalShown(many=True)

    def get_fee(self, one: Entitlement) -> str | None:
        """In yuan, at today's prices; null where it is not allowed."""
        return f"{one.fee.total:.2f}" if one.fee else None


class WholeRetakeSerializer(WholeSerializer):
    """A retake in one call: the subjects follow from the marks, and nothing is given up."""

    subjects = None  # type: ignore[assignment]  # fields of a whole application that a retake does not have
    gives_up = None  # type: ignore[assignment]

    def whole(self) -> WholeApplication:
        """What the service takes."""
        return WholeApplication(**self.validated_data)


class RetakeList(generics.GenericAPIView):
    """`GET retakes/`: one's own wallet; `POST retakes/`: apply for the missing subjects."""

    serializer_class = RetakeSerializer

    def _person(self) -> Candidate | None:
        user = self.request.user
        return Candidate.objects.visible_to(user).filter(user=user.pk).first()

    @extend_schema(responses={200: RetakeSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Occupation by occupation, at most a handful: a page of them is all of them."""
        person = self._person()
        rows: list[Any] = wallet(person, on=clock.today()) if person else []
        page = self.paginate_queryset(rows)  # type: ignore[arg-type]  # a list is as good as a queryset to a paginator
        return self.get_paginated_response(RetakeSerializer(page, many=True).data)  # type: ignore[arg-type]  # many

    @extend_schema(
        request=WholeRetakeSerializer,
        responses={201: ApplicationSerializer, 400: ProblemShape, 403: ProblemShape, 409: ProblemShape},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        """Apply; codes retake_expired, retake_none_passed, retake_nothing_failed, retake_competition and those of
        `applications/`.
        """
        person = self._person()
        if person is None:
            raise PermissionDenied
        asked = WholeRetakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        by, key = Act.of(request), request.headers.get("Idempotency-Key")

        def work() -> Answer:
            made = retake_at_once(person, by=by, whole=asked.whole())
            shown = Application.objects.visible_to(request.user).get(pk=made.pk)
            return Answer(201, dict(ApplicationSerializer(shown).data))

        answer = work() if key is None else once(key, by=by, request=[request.path, request.data], work=work)
        return Response(answer.body, status=answer.status)
