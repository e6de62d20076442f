"""Certificates over HTTP: one's own rows, and the public verification of the contract."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kupasi.people.masking import mask_name

from .models import Certificate
from .services import verification
from .throttle import VerifyThrottle


class CertificateSerializer(serializers.ModelSerializer):
    """A certificate as its holder and the office see it; the holder's name is whole for the holder only."""

    occupation: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    name = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = (
            "id",
            "status",
            "number",
            "title",
            "name",
            "occupation",
            "level",
            "direction",
            "qualified_on",
            "issued_on",
            "voided_on",
            "is_sample",
        )

    def get_name(self, certificate: Certificate) -> str:
        """Whole for its holder, masked for everybody else."""
        own = certificate.candidate.user_id == self.context["request"].user.pk
        return certificate.name if own else mask_name(certificate.name)


class CertificateRows(generics.GenericAPIView):
    """The rows that somebody may see."""

    serializer_class = CertificateSerializer

    def get_queryset(self) -> QuerySet[Certificate]:
        rows = Certificate.objects.visible_to(self.request.user)
        return rows.select_related("occupation", "candidate").order_by("-pk")


class CertificateList(CertificateRows, generics.ListAPIView):
    """`GET certificates/`: what is one's own, newest first."""


class CertificateDetail(CertificateRows, generics.RetrieveAPIView):
    """`GET certificates/{id}/`: another's certificate is not found."""


class VerifySerializer(serializers.Serializer[Any]):
    """The answer of a verification; whatever may not be told is left out."""

    status = serializers.ChoiceField(choices=["valid", "void", "unknown"])
    message = serializers.CharField()
    name = serializers.CharField(required=False, help_text="遮盖后的姓名，如 张*")
    occupation = serializers.CharField(required=False)
    level = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    issued_on = serializers.DateField(required=False)
    voided_on = serializers.DateField(required=False)
    is_sample = serializers.BooleanField(required=False)


class Verify(APIView):
    """`GET certificates/verify/?number=&name=`: valid, void or unknown; every wrong pair gets the same answer."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (VerifyThrottle,)

    @extend_schema(
        parameters=[
            OpenApiParameter("number", OpenApiTypes.STR, description="证书编号，22 位"),
            OpenApiParameter("name", OpenApiTypes.STR, description="持证人姓名"),
        ],
        responses=VerifySerializer,
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        answer = verification.by_name(asked.get("number", ""), asked.get("name", ""))
        return Response(VerifySerializer(answer.as_dict()).data, headers={"Cache-Control": "no-store"})
