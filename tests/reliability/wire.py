"""How accounts stand in the secret, and how providers' answers look on the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.reliability.facts import Answer, Rules

SCALES = {"laozhang": 500_000, "aihubmix": 500_000, "gcc-ai": 1}
"""Providers, and by what their figures are divided."""

SPOILED: Mapping[str, Mapping[str, object]] = {
    "the token is not text": {"token": 5},
    "the threshold is a word": {"threshold": "ten"},
    "a field is unknown": {"treshold": 5},
    "the provider is unknown": {"provider": "laozhan"},
    "the address is no address": {"base_url": "laozhang"},
}
"""Entries that cannot be asked as written."""

STATUSES: Mapping[str, tuple[int, ...]] = {
    "unauthorized": (401,),
    "forbidden": (403,),
    "not_found": (404, 405, 410),
    "rate_limited": (429,),
    "server_error": (500, 502, 503),
    "rejected": (400, 200),
}
UNANSWERED = ("timeout", "dns", "tls", "connection", "redirected", "blocked_address", "too_large")
BAD_BODIES: Mapping[str, bytes] = {
    "a challenge page": b"<html><script>acw_sc__v2</script></html>",
    "an HTML page": b"<!doctype html><p>welcome</p>",
    "an empty answer": b"",
    "cut JSON": b'{"success": true, "data": {"quota": 12',
    "a balance that is true": b'{"success": true, "data": {"quota": true}, "remain_balance": true}',
    "a balance that is null": b'{"success": true, "data": {"quota": null}, "remain_balance": null}',
    "a balance that is no number": b'{"success": true, "data": {"quota": NaN}, "remain_balance": NaN}',
    "a balance that is a word": b'{"success": true, "data": {"quota": "0x10"}, "remain_balance": "a lot"}',
    "a balance out of all bounds": b'{"success": true, "data": {"quota": 1e40}, "remain_balance": 1e40}',
    "a key that occurs twice": (
        b'{"success": true, "data": {"quota": 0, "quota": 9}, "remain_balance": 0, "remain_balance": 9}'
    ),
}
USED_UP = b'{"error": {"code": "insufficient_quota", "message": "no"}}'
"""A refusal that says nothing of amounts, only that nothing is left."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the secret."""

    name: str
    provider: str = "laozhang"
    rules: Rules = field(default_factory=Rules)
    spoiled: str | None = None
    enabled: bool = True
    more: tuple[tuple[str, str], ...] = ()
    """Fields that change no decision: title, language."""


def secret_of(entries: tuple[Entry, ...], nameless: int = 0) -> str:
    """The secret's JSON."""
    listed: list[object] = [_entry(each) for each in entries]
    return json.dumps({"accounts": [*listed, *[{"token": "x"}] * nameless]})


def _entry(entry: Entry) -> dict[str, object]:
    rules = entry.rules
    fields: dict[str, object] = {
        "name": entry.name,
        "provider": entry.provider,
        "token": f"token-of-{entry.name}",
        "repeat_hours": float(rules.repeat_hours),
        "runway_hours": float(rules.runway),
        "timezone": rules.zone,
        **dict(entry.more),
    }
    if entry.provider == "gcc-ai" or rules.unit != "USD":
        fields["unit"] = rules.unit
    if entry.provider == "gcc-ai":
        fields["base_url"] = "https://gateway.example"
    for name, limit in (("threshold", rules.threshold), ("critical_threshold", rules.critical)):
        if limit is not None:
            fields[name] = limit if isinstance(limit, str) else float(limit)
    if rules.divide != 1:
        fields["scale"] = float(SCALES[entry.provider] * rules.divide)
    if rules.quiet is not None:
        fields["quiet"] = dict(zip(("from", "to"), rules.quiet, strict=True))
    if rules.mute_until is not None:
        fields["mute_until"] = rules.mute_until.isoformat()
    if rules.failures is not None:
        fields["failures"] = rules.failures
    if not entry.enabled:
        fields["enabled"] = False
    return fields | dict(SPOILED[entry.spoiled] if entry.spoiled else {})


def body_of(provider: str, answer: Answer) -> tuple[int, bytes]:
    """The status and the body of an answer that comes."""
    if answer.reason is None and answer.is_mute:
        return 429 if answer.form == "too often" else 402, USED_UP
    if answer.reason == "bad_answer":
        return 200, BAD_BODIES[answer.form]
    if answer.reason is not None:
        status = int(answer.form) if answer.form else STATUSES[answer.reason][0]
        return status, b'{"success": false, "message": "no"}'
    document: dict[str, Any] = {"success": True, "message": ""}
    figures = {"quota": _figure(provider, answer.amount, answer.form), "used": _figure(provider, answer.used)}
    if provider == "gcc-ai":
        document |= {"remain_balance": figures["quota"], "used_balance": figures["used"]}
        document["unlimited_quota"] = answer.unlimited
        return 200, json.dumps(document).encode()
    data: dict[str, Any] = {"quota": figures["quota"], "used_quota": figures["used"], "request_count": 7}
    if answer.spendable is not None:
        data["status"] = 1 if answer.spendable else 2
    if answer.threshold is not None:
        data["notify"] = answer.threshold is not False
        data["quota_remind_threshold"] = _figure(provider, answer.threshold or Decimal(0))
    return 200, json.dumps(document | {"data": data}).encode()


def _figure(provider: str, amount: Decimal | None, form: str = "") -> object:
    if amount is None:
        return None
    raw = amount * SCALES[provider]
    exact: object = int(raw) if raw == raw.to_integral_value() else float(raw)
    return {"text": str(exact), "marked": f"${raw:,.6f}"}.get(form, exact)
