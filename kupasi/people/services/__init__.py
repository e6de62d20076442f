"""Use cases of accounts and persons, one module a family."""

from .accounts import (
    ask_phone_change,
    ask_reset,
    change_email,
    change_phone,
    make_key,
    reset_password,
    set_password,
    update_profile,
    withdraw_key,
)
from .codes import check_code, issue_code
from .consents import current_text, give_consent
from .identities import (
    Found,
    attach_document,
    find_or_create_candidate,
    reclaim,
    register_candidate,
    settle_identity,
    standing,
)
from .persons import Judged, PersonFacts, judge_person
from .sessions import end_sessions
from .sign_up import begin_sign_up, finish_sign_up
from .staff import (
    create_account,
    disable_account,
    enable_account,
    reset_second_factor,
    set_roles,
)

__all__ = [
    "Found",
    "Judged",
    "PersonFacts",
    "ask_phone_change",
    "ask_reset",
    "attach_document",
    "begin_sign_up",
    "change_email",
    "change_phone",
    "check_code",
    "create_account",
    "current_text",
    "disable_account",
    "enable_account",
    "end_sessions",
    "find_or_create_candidate",
    "finish_sign_up",
    "give_consent",
    "issue_code",
    "judge_person",
    "make_key",
    "reclaim",
    "register_candidate",
    "reset_password",
    "reset_second_factor",
    "set_password",
    "set_roles",
    "settle_identity",
    "standing",
    "update_profile",
    "withdraw_key",
]
