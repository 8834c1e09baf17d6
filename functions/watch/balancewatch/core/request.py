"""From an account and its profile to the one request that asks for its balance."""

from urllib.parse import quote, urlencode

from balancewatch.core.account import Account
from balancewatch.core.exchange import Request
from balancewatch.core.profile import PLACEHOLDER
from balancewatch.core.token import Token


def request_of(account: Account) -> Request:
    """What to ask the account's provider. URL and headers may hold the token."""
    profile = account.profile
    values = {"token": account.token.reveal()}
    for name, value in account.params.items():
        values[name] = value.reveal() if isinstance(value, Token) else value
    path = _filled(profile.path, {name: quote(value, safe="") for name, value in values.items()})
    query = [(name, _filled(template, values)) for name, template in profile.query]
    headers = {"Accept": "application/json"}
    headers.update((name, _filled(template, values)) for name, template in profile.headers)
    match profile.auth:
        case "raw":
            headers["Authorization"] = values["token"]
        case "bearer":
            headers["Authorization"] = f"Bearer {values['token']}"
        case "none":
            pass
    return Request(
        method=profile.method,
        url=f"{account.base_url}{path}{'?' if query else ''}{urlencode(query)}",
        headers=headers,
        allow_http=account.rules.allow_http,
    )


def _filled(template: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)
