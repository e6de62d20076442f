"""Bars over HTTP: one's own, and the office's."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from .models import Bar


class BarSerializer(serializers.ModelSerializer):
    """A bar; both its days are included."""

    candidate: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    clause: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)

    class Meta:
        model = Bar
        fields = ("id", "candidate", "clause", "barred_from", "barred_until", "source", "lifted_at")


class BarList(generics.ListAPIView):
    """`GET bars/`: what concerns oneself; all for deciders and reviewers."""

    serializer_class = BarSerializer

    def get_queryset(self) -> QuerySet[Bar]:
        return Bar.objects.visible_to(self.request.user).select_related("clause").order_by("-barred_until", "-pk")
