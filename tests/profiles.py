"""A profile that says everything once, for tests to change."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from balancewatch.core.profile import Profile
from balancewatch.core.profile_table import Table, parse_profile


def good() -> dict[str, Any]:
    """A profile that says all it can."""
    return {
        "title": "Ours",
        "aliases": ["ours.example.com"],
        "documentation": "https://ours.example.com/docs",
        "top_up_url": "https://ours.example.com/pay",
        "confidence": "C",
        "credential": {"kind": "key", "where": "the console"},
        "request": {
            "method": "POST",
            "base_url": "https://api.ours.example.com/",
            "path": "/v1/{project}",
            "auth": "raw",
            "headers": {"X-Project": "{project}", "X-Key": "k {token}"},
            "query": {"since": "all", "of[]": "{project}"},
        },
        "requests": {"usage": {"path": "/usage"}},
        "parameters": {
            "project": {"help": "its name", "pattern": "[a-z]+", "default": "main"},
            "password": {"help": "its password", "secret": True},
        },
        "answer": {
            "ok": "success",
            "message": "message",
            "remaining": ["cash", {"at": "cents", "scale": Decimal(-100)}],
            "used": "used",
            "unlimited": "unlimited",
            "spendable": "active",
            "threshold": "warn",
            "scale": Decimal("0.5"),
            "unit": "EUR",
            "raw": {"cash": "cash"},
        },
        "units": {"path": "/status", "cases": [{"unit": "EUR", "scale": "per_euro"}]},
        "errors": [{"status": [402, 403], "message": "^broke", "reason": "empty", "advice": "Pay."}],
    }


def parse(table: Table, others: Mapping[str, Table] | None = None) -> Profile:
    return parse_profile("ours", table, (others or {}).get)
