"""Forms of the account pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.forms import LoginForm as BaseLoginForm
from django import forms
from django.contrib.auth import password_validation

from kupasi.acts import Act
from kupasi.errors import Refusal, add_to_form

from . import scopes
from .enums import DocumentKind, Education, Sex
from .models import Candidate, ConsentText, User
from .rules import judge_phone
from .services import challenges
from .services.persons import PersonFacts, judge_person
from .services.sign_in import normalize_login

LONGEST_PASSWORD = 128


class LoginForm(BaseLoginForm):
    """One field for the phone or the user name, one for the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="手机号或用户名",
            max_length=150,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        )
        self.fields["password"] = password_field("密码", autocomplete="current-password")

    @property
    def challenge(self) -> challenges.Challenge | None:
        """The browser's task, once this address has failed too often: asked for when the page is written."""
        return challenges.offer(Act.of(self.request))

    def clean_login(self) -> str:
        return normalize_login(self.cleaned_data["login"])

    def clean(self) -> Any:
        """After repeated failures from an address the browser's task comes before the password."""
        expect_challenge(self, by=Act.of(self.request))
        return super().clean()


def expect_challenge(form: forms.Form, *, by: Act) -> None:
    """Refuse with `challenge` unless none is needed or the posted one is good."""
    challenges.expect(by, proof=form.data.get("proof", ""), sealed=form.data.get("sealed", ""))


def password_field(label: str, *, autocomplete: str = "new-password", hint: str = "") -> forms.CharField:
    """A password as it was typed, spaces included."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=LONGEST_PASSWORD, widget=widget, help_text=hint)


def code_field() -> forms.CharField:
    """A six-digit code from a phone."""
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}
    return forms.CharField(label="短信验证码", max_length=12, widget=forms.TextInput(attrs=attrs), help_text="6 位数字")


def phone_field(hint: str = "") -> forms.CharField:
    """A mainland mobile number."""
    attrs = {"autocomplete": "tel", "inputmode": "tel"}
    return forms.CharField(label="手机号", max_length=20, widget=forms.TextInput(attrs=attrs), help_text=hint)


class PhoneForm(forms.Form):
    """One phone number."""

    phone = phone_field()

    def clean_phone(self) -> str:
        answer = judge_phone(self.cleaned_data["phone"])
        if not answer.valid:
            raise Refusal.from_fact(answer.errors[0])
        return answer.normalized


class CodeForm(forms.Form):
    """The code that was sent to the phone."""

    code = code_field()


class SignUpForm(PhoneForm):
    """Who signs up: birth date and sex only where the document's number does not hold them."""

    name = forms.CharField(label="姓名", max_length=100, help_text="与证件一致", widget=forms.TextInput())
    kind = forms.ChoiceField(label="证件类型", choices=DocumentKind.choices())
    number = forms.CharField(
        label="证件号码",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    birth_date = forms.DateField(
        label="出生日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    sex = forms.ChoiceField(label="性别", required=False, choices=Sex.choices(), widget=forms.RadioSelect)
    country = forms.CharField(
        label="护照签发国家代码", required=False, max_length=3, help_text="护照上的三个字母，如 FRA"
    )
    phone = phone_field("用来登录和接收通知，下一步会发送验证码")
    password = password_field("设置密码", hint="至少 10 位，不能全是数字，不要用常见密码")
    agree = forms.BooleanField(label="我已阅读并同意《个人信息处理说明》")
    text_id = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("name", "kind", "number", "birth_date", "sex", "country", "phone", "password", "agree", "text_id")
    MORE = ("birth_date", "sex", "country")

    def __init__(self, data: Any = None, *, on: date, text: ConsentText) -> None:
        super().__init__(data, initial={"text_id": text.pk, "kind": DocumentKind.RESIDENT_ID.value})
        self.on = on
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"
        for code in ("required", "invalid"):  # nobody typed it: the page is old, or not ours
            self.fields["text_id"].error_messages[code] = "页面已过期，请刷新页面后重新填写。"
        self.fields["agree"].error_messages["required"] = "请阅读并勾选同意，才能继续。"
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields that everybody fills in before the consent."""
        return [self[name] for name in ("phone", "password")]

    @property
    def who_fields(self) -> list[forms.BoundField]:
        """Name and document."""
        return [self[name] for name in ("name", "kind", "number")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """What only some documents make necessary."""
        return [self[name] for name in self.MORE]

    @property
    def needs_more(self) -> bool:
        """Whether one of the additional fields stands in the way."""
        return any(self.errors.get(name) for name in self.MORE) or any(self[name].value() for name in self.MORE)

    def clean_password(self) -> str:
        """The rules for passwords; the person's own data is no password."""
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors.keys() & {"name", "kind", "number", "birth_date", "sex", "phone"}:
            return values
        judged = judge_person(self.typed(values), on=self.on)
        for field, fact in judged.errors:
            add_to_form(self, Refusal.from_fact(fact), field)
        if values["kind"] == DocumentKind.PASSPORT and not values.get("country"):
            self.add_error("country", forms.ValidationError("请填写护照的签发国家代码。", code="country_missing"))
        values["facts"] = judged.facts
        return values

    @staticmethod
    def typed(values: dict[str, Any]) -> PersonFacts:
        """What was typed, before it is judged."""
        return PersonFacts(
            name=values["name"],
            kind=values["kind"],
            number=values["number"],
            country=values.get("country", ""),
            birth_date=values.get("birth_date"),
            sex=Sex(values["sex"]) if values.get("sex") else None,
            phone=values["phone"],
        )


class NewPasswordForm(forms.Form):
    """A new password, typed twice."""

    password = password_field("新密码", hint="至少 10 位，不能全是数字，不要用常见密码")
    again = password_field("再次输入新密码")
    person: User | None = None

    def clean_password(self) -> str:
        """The rules for passwords."""
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("password") and values.get("again") != values["password"]:
            self.add_error("again", forms.ValidationError("两次输入的密码不一样，请重新输入。", code="differs"))
        return values


class ResetForm(NewPasswordForm):
    """The phone's code and a new password."""

    code = code_field()
    field_order = ("code", "password", "again")


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one."""

    old = password_field("当前密码", autocomplete="current-password")
    field_order = ("old", "password", "again")

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person


class ProfileForm(forms.ModelForm):
    """What a person may change alone."""

    education = forms.ChoiceField(label="文化程度", required=False, choices=[("", "请选择"), *Education.choices()])
    postal_address = forms.CharField(
        label="联系地址",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )

    class Meta:
        model = Candidate
        fields = ("email", "education", "employer", "postal_address")
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "employer": forms.TextInput(attrs={"autocomplete": "organization"}),
        }


class EmailForm(forms.Form):
    """Where letters for an account without a person go."""

    email = forms.EmailField(label="电子邮箱", required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class KeyForm(forms.Form):
    """What a new API key opens, and for how long."""

    scopes = forms.MultipleChoiceField(
        label="这个密钥可以做什么",
        choices=scopes.choices(),
        widget=forms.CheckboxSelectMultiple,
        help_text="只勾选要用到的；密钥能做的，不会多于您自己能做的",
        error_messages={"required": "请至少勾选一项。"},
    )
    days = forms.TypedChoiceField(
        label="有效期", coerce=int, choices=[(7, "7 天"), (30, "30 天"), (90, "90 天")], initial=30
    )


class ClerkForm(forms.Form):
    """The clerk whom an institution's approver invites."""

    username = forms.RegexField(
        label="用户名",
        regex=r"^[A-Za-z0-9._-]{3,40}$",
        help_text="3–40 个字母、数字、点或横线，登录时使用",
        error_messages={"required": "请填写用户名。", "invalid": "请只用字母、数字、点或横线，3–40 个。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(label="姓名", max_length=50, error_messages={"required": "请填写姓名。"})


class ReasonForm(forms.Form):
    """Why a whole number is needed."""

    reason = forms.CharField(label="查看理由", min_length=4, max_length=200, help_text="会连同您的姓名、时间一起记录")
