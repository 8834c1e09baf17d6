"""Which program a gateway runs, by what it says to everyone: no token is needed, and none is sent.

Each sign was read in the programs' own sources: the fields of `/api/status` of one-api, one-hub, New API and
Veloera, and the public settings of sub2api. VoAPI's source is closed: only the site's name can speak for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from balancewatch.core.amount import figure_of, plain
from balancewatch.core.exchange import Answer, NoResponse, Request, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch_cli.providers.redaction import visible

STATUS = "/api/status"
SETTINGS = "/api/v1/settings/public"
LIVELINESS = "/health/liveliness"
WALLET = "/v1/user/balance"
PATHS = (STATUS, SETTINGS, LIVELINESS, WALLET)

_ONE_HUB = ("PaymentUSDRate", "EnableSafe", "UptimeEnabled", "RechargeDiscount")
_NEW_API = (
    "quota_display_type",
    "self_use_mode_enabled",
    "default_use_auto_group",
    "enable_data_export",
    "enable_drawing",
    "passkey_login",
)
_VELOERA = "check_in_enabled"
_SUB2API = ("registration_enabled", "api_base_url", "site_name", "backend_mode_enabled", "payment_enabled")
_ENOUGH = 3
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Recognition:
    """A family, why, and which profiles read it: the name of each with what it reads."""

    family: str
    evidence: tuple[str, ...]
    profiles: tuple[tuple[str, str], ...]
    counts: str | None = None
    """How it counts, where it says so."""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """What came from one path, in a few words."""

    path: str
    came: str


_WHOLE, _KEY = "the user's whole balance, with a system access token", "one sk- key's own quota"


def root_of(base_url: str) -> str:
    """The site's own address: people paste the one for API calls, which ends in /v1."""
    return base_url.rstrip("/").removesuffix("/v1")


def questions(root: str) -> Sequence[Request]:
    """What to ask: nothing that takes a credential."""
    return [Request("GET", f"{root}{path}", {"Accept": "application/json"}) for path in PATHS]


def recognised(answers: Mapping[str, Answer]) -> Recognition | None:
    """The family that answers so; None where no sign is known."""
    documents = {path: _document(answer) for path, answer in answers.items()}
    status = _data(documents.get(STATUS))
    if status is not None and ("quota_per_unit" in status or "display_in_currency" in status):
        return _of_one_api(status)
    settings = _data(documents.get(SETTINGS))
    if settings is not None and len(signs := [name for name in _SUB2API if name in settings]) >= _ENOUGH:
        evidence = f"{SETTINGS} has {_quoted(signs)}"
        return Recognition("sub2api", (evidence,), (("sub2api", "the key of a group"),))
    if documents.get(LIVELINESS) == "I'm alive!":
        evidence = f'{LIVELINESS} answers "I\'m alive!"'
        return Recognition("LiteLLM proxy", (evidence,), (("litellm", "one virtual key's budget"),))
    wallet = documents.get(WALLET)
    if isinstance(wallet, dict) and wallet.get("success") is False and isinstance(wallet.get("message"), str):
        evidence = f"{WALLET} without a key answers `success` false, as the gateways with `remain_balance` do"
        return Recognition(
            "GCC AI style gateway",
            (evidence,),
            (("gcc-ai", "the user's whole balance, with an sk- key"), ("gcc-ai-key", "one sk- key's own")),
            is_sure=False,
        )
    return None


def came(answers: Mapping[str, Answer]) -> Sequence[Probe]:
    """What each path answered, for those who must find out by themselves."""
    return [Probe(path, _outcome(answer)) for path, answer in answers.items()]


def unreachable(answers: Mapping[str, Answer]) -> str | None:
    """Why nothing at all came, where it did not."""
    reasons = [answer.detail for answer in answers.values() if isinstance(answer, NoResponse)]
    return reasons[0] if len(reasons) == len(answers) and reasons else None


def _of_one_api(status: Mapping[str, object]) -> Recognition:
    name = _name(status)
    counts = _counts(status)
    evidence = [f"{STATUS} has {_quoted(['quota_per_unit'])}"]
    if name:
        evidence.append(f"the site calls itself {name}")
    if "voapi" in name.casefold():
        evidence.append("only this name speaks for VoAPI: its version 2 cannot be read with a token")
        return Recognition("VoAPI", tuple(evidence), (("voapi", _WHOLE),), counts, is_sure=False)
    if hub := [field for field in _ONE_HUB if field in status]:
        evidence[0] = f"{STATUS} has {_quoted(hub)}, which one-hub and done-hub add to one-api"
        return Recognition("one-hub", tuple(evidence), _one_api(), counts)
    signs = [field for field in _NEW_API if field in status]
    if _VELOERA in status and signs and "quota_display_type" not in status:
        evidence[0] = f"{STATUS} has {_quoted([_VELOERA])}, which Veloera adds to New API"
        return Recognition("Veloera", tuple(evidence), (("veloera", _WHOLE), _billing()), counts)
    if signs:
        evidence[0] = f"{STATUS} has {_quoted(signs)}, which New API adds to one-api"
        profiles = (("new-api", _WHOLE), ("new-api-token", _KEY), _billing())
        return Recognition("New API", tuple(evidence), profiles, counts)
    evidence[0] += ", and nothing that its forks add"
    return Recognition("one-api", tuple(evidence), _one_api(), counts)


def _one_api() -> tuple[tuple[str, str], ...]:
    return (("one-api", _WHOLE), _billing())


def _billing() -> tuple[str, str]:
    return ("openai-billing", "one sk- key, by the old billing calls: the site decides what they tell")


def _counts(status: Mapping[str, object]) -> str | None:
    per_unit = figure_of(status.get("quota_per_unit"))
    if per_unit is None or per_unit <= 0:
        return None
    shown = status.get("quota_display_type")
    kind = shown if isinstance(shown, str) and shown in ("USD", "CNY", "TOKENS", "CUSTOM") else None
    if kind is None:
        kind = "TOKENS" if status.get("display_in_currency") is False else "USD"
    words = {
        "USD": "it shows USD",
        "CNY": "it shows CNY, by a rate of its own",
        "TOKENS": "it shows tokens, and so `unit` is tokens",
        "CUSTOM": "it shows a currency of its own, and is read in USD",
    }
    return f"{plain(per_unit)} quota to 1 USD; {words[kind]}"


def _name(status: Mapping[str, object]) -> str:
    name = status.get("system_name")
    return visible(name.strip()[:_LONGEST_NAME]) if isinstance(name, str) else ""


def _quoted(fields: Sequence[str]) -> str:
    return ", ".join(f"`{field}`" for field in fields)


def _document(answer: Answer) -> object:
    """What was said, at any status; None where it is no JSON."""
    if not isinstance(answer, Response):
        return None
    try:
        return decode(answer.body.decode("utf-8"))
    except (UnicodeDecodeError, NotJsonError):
        return None


def _data(document: object) -> Mapping[str, object] | None:
    data = document.get("data") if isinstance(document, dict) else None
    return data if isinstance(data, dict) else None


def _outcome(answer: Answer) -> str:
    match answer:
        case NoResponse(reason, detail):
            return f"{reason.value}: {detail}"
        case Response():
            start = answer.body.lstrip()[:1]
            kind = "an HTML page" if start == b"<" else "nothing" if not start else "no JSON"
            found = "JSON" if _document(answer) is not None else kind
            return f"HTTP {answer.status}, {found}"


def host_of(base_url: str) -> str:
    """Its host, for people."""
    return urlsplit(base_url).hostname or base_url
