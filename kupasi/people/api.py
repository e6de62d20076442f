"""API keys over the API (contract: `POST token/`)."""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kupasi.acts import Act
from kupasi.api import Problem, ProblemShape, Rate, of_refusal
from kupasi.errors import Refusal

from . import scopes
from .adapter import PER_ADDRESS
from .services.keys import key_for

SCOPES = f"密钥的范围，用空格分开，不填为全部：{'、'.join(scopes.everything())}。名单、补考在 applications 中。"
STATUS = {"invalid_credentials": 401, "otp_required": 401, "second_factor_needed": 403, "locked": 429}


class TokenAsk(serializers.Serializer[Any]):
    """Who asks; `otp` for those with a second factor; `scope` for a key that opens less than everything."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    otp = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")
    scope = serializers.CharField(max_length=400, required=False, allow_blank=True, default="", help_text=SCOPES)


class TokenAnswer(serializers.Serializer[Any]):
    """The key, shown once."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class TokenView(APIView):
    """A key for twelve hours. Wrong passwords count together with those of the sign-in page, right ones do not."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)
    throttle_classes = (Rate,)
    throttle_scope = "token"

    @extend_schema(
        operation_id="token_create",
        summary="用户名、密码换取接口密钥",
        request=TokenAsk,
        responses={201: TokenAnswer, 400: ProblemShape, 401: ProblemShape, 403: ProblemShape, 429: ProblemShape},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Refusals: `invalid_credentials`, `otp_required`, `second_factor_needed`, `locked`, `unknown_scope`."""
        ask = TokenAsk(data=request.data)
        ask.is_valid(raise_exception=True)
        failures = ratelimit.consume(request._request, app="allauth.account", action="login_failed", config=PER_ADDRESS)
        if not failures:
            raise Throttled(wait=60)
        try:
            key, row = key_for(Act.of(request._request), **ask.validated_data)
        except Refusal as refusal:
            if refusal.code != "invalid_credentials":
                failures.rollback()
            return self._problem(refusal)
        failures.rollback()
        answer = TokenAnswer({"token": key, "expires_at": row.expires_at})
        return Response(answer.data, status=201, headers={"Cache-Control": "no-store"})

    @staticmethod
    def _problem(refusal: Refusal) -> Problem:
        code = str(refusal.code)
        if code not in STATUS:
            return of_refusal(refusal)
        return Problem(http=STATUS[code], code=code, title="请求未被接受", detail=refusal.sentence)
