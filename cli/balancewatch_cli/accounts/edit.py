"""The JSON of a secret with an account more, less or other: exact, and in its owner's order."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from balancewatch.core.account_rules import FIELDS
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.token import Token, without_tokens
from balancewatch_cli.deployed.document import EditError, Entry, written

SECRET = "(secret)"  # noqa: S105  # what stands for one
_NOT_SHOWN = "(not shown)"
_PARAM = "params."
_KNOWN = re.compile(rf"{'|'.join(FIELDS)}|params\.[a-z][a-z_]{{0,29}}")
"""The names of fields that may be shown: others could be pasted secrets."""
_JSON_FIELDS = frozenset(
    {
        "allow_http",
        "threshold",
        "critical_threshold",
        "runway_hours",
        "critical_runway_hours",
        "scale",
        "failures",
        "repeat_hours",
        "quiet",
        "labels",
        "enabled",
    }
)
"""What is no text; where it is no JSON either (`20%`) it is taken as text, and then checked as all is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an account, as it may be shown; None where there is none."""

    account: str
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """All that a secret holds, of which only the accounts change."""

    top: Mapping[str, object]
    accounts: tuple[object, ...]
    is_one_line: bool = False

    @property
    def entries(self) -> Sequence[Entry]:
        """The accounts that are objects."""
        return [each for each in self.accounts if isinstance(each, Mapping)]

    def entry(self, name: str) -> Entry:
        """The account of that name. Raises `EditError`."""
        found = [each for each in self.entries if each.get("name") == name]
        if len(found) > 1:
            raise EditError(f"{name!r} stands {len(found)} times in the secret: mend that there by hand")
        if not found:
            raise EditError(f"there is no account {name!r} in the secret; `accounts list` shows them")
        return found[0]

    def added(self, entry: Entry) -> "Document":
        """With one more, at the end. Raises `EditError`."""
        if any(each.get("name") == entry["name"] for each in self.entries):
            raise EditError(f"there is an account {entry['name']!r} already; `accounts set` changes it")
        return replace(self, accounts=(*self.accounts, entry))

    def joined(self, other: "Document") -> "Document":
        """With all accounts of another, and what that says of all where this one has none yet.

        Raises `EditError`.
        """
        more = {
            name: value
            for name, value in other.top.items()
            if name != "accounts" and value and value != self.top.get(name)
        }
        if more and self.accounts:
            raise EditError(
                "the file says more than `accounts`, such as `defaults`, which would hold also for what the "
                "secret has: write it into each account of the file"
            )
        joined = replace(self, top={**self.top, **more})
        for number, entry in enumerate(other.accounts):
            if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
                raise EditError(f"accounts[{number}] of the file is no object with a `name`")
            joined = joined.added(entry)
        return joined

    def changed(self, entry: Entry) -> "Document":
        """With this one in its place. Raises `EditError`."""
        old = self.entry(str(entry["name"]))
        return replace(self, accounts=tuple(entry if each is old else each for each in self.accounts))

    def without(self, name: str) -> "Document":
        """With one less. Raises `EditError`."""
        old = self.entry(name)
        return replace(self, accounts=tuple(each for each in self.accounts if each is not old))

    def is_off(self, entry: Entry) -> bool:
        """Whether the account, or where it says nothing `defaults`, switches it off."""
        defaults = self.top.get("defaults")
        values = {**defaults, **entry} if isinstance(defaults, Mapping) else entry
        return values.get("enabled") is False

    def only(self, entry: Entry) -> str:
        """A text with this account alone, as if it were not off: to be checked, not to be kept."""
        shown = {**entry, "enabled": True} if self.is_off(entry) else entry
        return replace(self, accounts=(shown,)).text

    @property
    def text(self) -> str:
        """The JSON: on many lines, unless its owner had it on one."""
        top = {**self.top, "accounts": list(self.accounts)}
        return written(top, None if self.is_one_line else 0)


def document_of(secret: str | None) -> Document:
    """What a secret holds; None is one without a value. Raises `EditError`."""
    if secret is None:
        return Document({}, ())
    try:
        found = decode(secret, names=("accounts", "defaults", *FIELDS))
    except NotJsonError as error:
        raise EditError(f"the secret is not JSON: {error}") from None
    if not isinstance(found, Mapping) or not isinstance(found.get("accounts"), list):
        raise EditError('the secret must be an object with a list `accounts`: {"accounts": [...]}')
    return Document(found, tuple(found["accounts"]), is_one_line="\n" not in secret.strip())


def assignments(pairs: Iterable[str]) -> Mapping[str, object]:
    """The fields of `FIELD=VALUE`; None is one to be taken away. Raises `EditError`."""
    found: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if name == "token":
            raise EditError("a token is never an argument: it is asked for, or taken from --token-env VAR")
        if not equals or (name not in FIELDS and not name.startswith(_PARAM)) or name in ("name", "params"):
            raise EditError(
                f"what follows the name must be FIELD=VALUE, such as threshold=20 or params.user_id=12"
                f"{_hint(name)}; "
                f"the fields are {', '.join(each for each in FIELDS if each not in ('name', 'token'))}"
            )
        found[name] = value_of(name, value) if value else None
    return found


def _hint(name: str) -> str:
    """The field that may be meant; what was written is not repeated, since it may be a secret."""
    near = difflib.get_close_matches(name, [each for each in FIELDS if each not in ("name", "token")], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def value_of(name: str, written: str) -> object:
    """What a field is from how people write it on a line or in a cell. Raises `EditError`."""
    if name not in _JSON_FIELDS:
        return written
    try:
        return decode(written)
    except NotJsonError:
        return [part.strip() for part in written.split(",")] if name == "labels" else written


def merged(entry: Entry, said: Mapping[str, object]) -> Entry:
    """The account with what is said of it; new fields come last."""
    found = dict(entry)
    written_params = found.get("params", {})
    params = dict(written_params) if isinstance(written_params, Mapping) else {}
    for name, value in said.items():
        at, key = (params, name.removeprefix(_PARAM)) if name.startswith(_PARAM) else (found, name)
        if value is None:
            at.pop(key, None)
        else:
            at[key] = value
    if any(name.startswith(_PARAM) for name in said):
        found["params"] = params
        if not params:
            del found["params"]
    return found


def changes(before: Entry | None, after: Entry | None, open_params: Iterable[str]) -> Sequence[Change]:
    """What differs, without a secret: of the parameters only the values of `open_params` are shown."""
    shown_params = frozenset(open_params)
    old, new = _flat(before or {}), _flat(after or {})
    name = str((after or before or {}).get("name", ""))
    tokens = _tokens(old, shown_params) + _tokens(new, shown_params)
    return [
        Change(
            name,
            field if _KNOWN.fullmatch(field) else "?",
            _shown(field, old[field], shown_params, tokens) if field in old else None,
            _shown(field, new[field], shown_params, tokens) if field in new else None,
        )
        for field in dict.fromkeys((*old, *new))
        if (field in old, old.get(field)) != (field in new, new.get(field))
    ]


def _flat(entry: Entry) -> Mapping[str, object]:
    params = entry.get("params")
    inner = params if isinstance(params, Mapping) else {}
    own = {name: value for name, value in entry.items() if name != "params" or not inner}
    return {**own, **{f"{_PARAM}{name}": value for name, value in inner.items()}}


def _is_secret(field: str, open_params: frozenset[str]) -> bool:
    is_hidden = field.startswith(_PARAM) and field.removeprefix(_PARAM) not in open_params
    return field == "token" or is_hidden


def _tokens(flat: Mapping[str, object], open_params: frozenset[str]) -> list[Token]:
    return [
        Token(value)
        for field, value in flat.items()
        if _is_secret(field, open_params) and isinstance(value, str) and value
    ]


def _shown(field: str, value: object, open_params: frozenset[str], tokens: Iterable[Token]) -> str:
    if _is_secret(field, open_params):
        return SECRET
    if field not in FIELDS and not field.startswith(_PARAM):
        return _NOT_SHOWN
    return without_tokens(value if isinstance(value, str) else written(value, None), tokens)
