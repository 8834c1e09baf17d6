"""From an account and its profile to the requests that ask for its balance."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from balancewatch.core.account import Account
from balancewatch.core.exchange import Request
from balancewatch.core.profile import SINCE, JsonTree, RequestRules
from balancewatch.core.selection import MAIN, PLACEHOLDER
from balancewatch.core.token import Token

_LONGEST_NEXT = 2000


_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")


class OtherHostError(ValueError):
    """A next page that is no page of the same provider."""


class UnwritableError(ValueError):
    """A next page whose name no URL can hold."""


def request_of(account: Account, now: datetime, name: str = MAIN) -> Request:
    """What to ask the account's provider. URL, headers and body may hold the token."""
    rules = account.profile.requests[name]
    values = _values(account, now)
    query = [(key, _filled(template, values)) for key, template in rules.query]
    headers = {"Accept": "application/json"}
    content_type, body = _body(rules, values)
    if content_type is not None:
        headers["Content-Type"] = content_type
    headers.update((key, _filled(template, values)) for key, template in rules.headers)
    credential = _filled(rules.auth.template, values)
    match rules.auth.kind:
        case "header":
            headers[rules.auth.name] = credential
        case "query":
            query.append((rules.auth.name, credential))
        case "basic":
            headers[rules.auth.name] = f"Basic {base64.b64encode(credential.encode()).decode()}"
        case "none":
            pass
    path = _filled(rules.path, {key: quote(value, safe="") for key, value in values.items()})
    return Request(
        method=rules.method,
        url=f"{account.base_url}{path}{'?' if query else ''}{urlencode(query)}",
        headers=headers,
        body=body,
        allow_http=account.rules.allow_http,
    )


def units_request_of(account: Account) -> Request | None:
    """What to ask for how a gateway counts, if it publishes that: without a credential."""
    units = account.profile.units
    if units is None:
        return None
    return Request(
        method="GET",
        url=f"{account.base_url}{units.path}",
        headers={"Accept": "application/json"},
        allow_http=account.rules.allow_http,
    )


def next_url(url: str, found: str, query: str | None) -> str:
    """The URL of the page after `url`: with a cursor in its query, or as the answer writes it.

    Raises `OtherHostError`: a credential goes to no other host than the one that it is for. Raises
    `UnwritableError`.
    """
    parts = urlsplit(url)
    if len(found) > _LONGEST_NEXT:
        raise OtherHostError
    if query is not None:
        kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != query]
        try:
            return parts._replace(query=urlencode([*kept, (query, found)])).geturl()
        except UnicodeEncodeError:
            raise UnwritableError from None
    if _NOT_IN_URLS.search(found):
        raise UnwritableError
    try:
        joined = urlsplit(urljoin(url, found))
        is_same = (joined.scheme, joined.hostname, joined.port, joined.username) == (
            parts.scheme,
            parts.hostname,
            parts.port,
            None,
        )
    except ValueError:
        is_same = False
    if not is_same:
        raise OtherHostError
    return joined._replace(fragment="").geturl()


def _values(account: Account, now: datetime) -> dict[str, str]:
    """What each placeholder stands for."""
    values = {
        "token": account.token.reveal(),
        "base_url": account.base_url,
        "today": now.astimezone(UTC).date().isoformat(),
    }
    for name, value in account.params.items():
        values[name] = value.reveal() if isinstance(value, Token) else value
    if SINCE in values:
        since = datetime.combine(date.fromisoformat(values[SINCE]), time(), UTC)
        values["since_date"] = since.date().isoformat()
        values["since_unix"] = str(int(since.timestamp()))
    return values


def _body(rules: RequestRules, values: Mapping[str, str]) -> tuple[str | None, bytes | None]:
    if rules.form:
        form = urlencode([(key, _filled(template, values)) for key, template in rules.form])
        return "application/x-www-form-urlencoded", form.encode()
    if rules.json is not None:
        return "application/json", json.dumps(_tree(rules.json, values)).encode()
    return None, None


def _tree(tree: JsonTree, values: Mapping[str, str]) -> JsonTree:
    match tree:
        case str():
            return _filled(tree, values)
        case list():
            return [_tree(item, values) for item in tree]
        case dict():
            return {key: _tree(item, values) for key, item in tree.items()}
        case _:
            return tree


def _filled(template: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
