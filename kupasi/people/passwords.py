"""What a password must be, in our own words."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    """Django's check of the length; its sentence has no Chinese translation."""

    def get_error_message(self) -> str:
        """What is missing."""
        return f"密码至少要 {self.min_length} 个字符，请换一个更长的。"

    def get_help_text(self) -> str:
        """What is asked for."""
        return f"密码至少 {self.min_length} 个字符。"
