"""Everything that can go wrong on a link, as one family.

FederationError
├── Refusal          the whole request is refused: an HTTP status and a code by name
├── BadStatement     one statement is quarantined by code; the rest of the batch goes on
├── TransportError   nothing trustworthy was answered: changes nothing, is tried again
└── KeyFileError     a key on disk is missing, unreadable or open to others
"""

from __future__ import annotations

from typing import Any, ClassVar


class FederationError(Exception):
    """Something on a federation link went wrong."""


class Refusal(FederationError):
    """The request is refused as a whole and nothing of it was stored.

    `code` is the protocol's name for the reason, `status` its HTTP status, `extra` what the table
    of the protocol promises beside it (server_time, expected, max, supported, retry_after).
    """

    STATUS: ClassVar[dict[str, int]] = {
        "sig_invalid": 401,
        "key_unknown": 401,
        "key_revoked": 401,
        "clock_skew": 401,
        "wrong_target": 401,
        "replayed": 401,
        "suspended": 403,
        "token_unknown": 403,
        "token_used": 403,
        "not_found": 404,
        "clone": 409,
        "fork": 409,
        "disputed": 409,
        "moved": 410,
        "too_big": 413,
        "unsupported": 415,
        "unsupported_version": 426,
        "malformed": 422,
        "overloaded": 429,
        "maintenance": 503,
    }

    def __init__(self, code: str, detail: str, **extra: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = self.STATUS[code]
        self.extra = extra

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 body of this refusal."""
        return {
            "type": f"urn:cur:refusal:{self.code}",
            "title": self.code,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class BadStatement(FederationError):
    """One statement cannot be accepted; it goes to quarantine under `code`.

    Codes: malformed, too_large, sig_invalid, unsupported_type, not_yours, not_under_sender,
    epoch_ahead, rev_too_high, bad_day, bad_tz, unknown_territory, histogram_exceeds_counter,
    disputed, not_addressed, unknown_directive, unknown_help.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TransportError(FederationError):
    """The other side could not be reached, or what came back cannot be trusted."""


class KeyFileError(FederationError):
    """A key file is missing, damaged, or readable by others."""
