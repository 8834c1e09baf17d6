"""A provider's credential, which cannot be printed by accident, and its removal from foreign text."""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import quote, quote_plus

from balancewatch.core.fields import WantedError

CUT = "[token]"
_WORD = re.compile(r"\S+")
_LONGEST = 4096
_SHARED = 6
"""So many characters in common with a token make a word a part of it."""
_PART = re.compile(r"[a-z0-9][a-z0-9_-]{2,}[a-z0-9]")
"""So many are a part of it where it begins or ends with them."""
_MASKED = 3
"""So many of its start or end are, in a word that masks the rest (`sk-a***9xyz`)."""
_MASK = re.compile(r"\*|\.{2,}|\u2026|x{3,}|[\u2022\u25cf]|#{2,}|_{2,}|-{3,}|[\[<]")
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Of ASCII only, as tokens are: it keeps every character in its place."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class Token:
    """A secret: a provider's credential or a secret parameter. Only `reveal` tells it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return CUT


def token(value: object) -> Token:
    """A parser of credentials: printable ASCII, no spaces around, as HTTP headers can carry it."""
    if not isinstance(value, str) or not value:
        raise WantedError("must be text that is not empty")
    if value != value.strip():
        raise WantedError("has spaces or line ends around it; remove them")
    if not (value.isascii() and value.isprintable()):
        raise WantedError(
            "holds a character that no token has (a typographic quote, a line end?); copy it again"
        )
    if len(value) > _LONGEST:
        raise WantedError("must be at most 4096 characters")
    return Token(value)


def without_tokens(text: str, tokens: Iterable[Token]) -> str:
    """The text with every word cut out that holds a token, a form of it, or a part of it."""
    lowered = text.translate(_LOWER)
    secrets = [token.reveal().translate(_LOWER) for token in tokens]
    betrayed = bytearray(len(text))
    for start, end in _shared(lowered, {form.lower() for token in tokens for form in _forms(token.reveal())}):
        betrayed[start:end] = bytes([1]) * (end - start)

    def judged(word: re.Match[str]) -> str:
        seen = lowered[word.start() : word.end()]
        is_cut = any(betrayed[word.start() : word.end()]) or any(_is_end(seen, secret) for secret in secrets)
        return CUT if is_cut else word[0]

    return _WORD.sub(judged, text)


def _forms(secret: str) -> Iterable[str]:
    """The ways in which a secret may be written, all ASCII."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), escape(secret))
    yield from (json.dumps(secret)[1:-1], secret.replace("/", "\\/"))
    for before in range(3):  # what stands before it, as in `user:secret`, shifts its base64
        encoded = base64.b64encode(bytes(before) + secret.encode()).rstrip(b"=")[-(-before * 8 // 6) :]
        if not before or len(encoded) > _SHARED:
            yield encoded.decode()
            yield encoded.translate(_URL_SAFE).decode()


def _shared(text: str, forms: Iterable[str]) -> Iterable[tuple[int, int]]:
    """Where the text has a part in common with a form, or holds the whole of a short one."""
    parts = {form[at : at + _SHARED] for form in forms for at in range(max(len(form) - _SHARED, 0) + 1)}
    for length in {len(part) for part in parts}:
        for at in range(len(text) - length + 1):
            if text[at : at + length] in parts:
                yield at, at + length


def _is_end(word: str, secret: str) -> bool:
    """Whether a word shows how the secret begins or ends: `sk-a***9xyz`, or only `(9xyz)`."""
    if _MASK.search(word) and (secret[:_MASKED] in word or secret[-_MASKED:] in word):
        return True
    return any(secret.startswith(part) or secret.endswith(part) for part in _PART.findall(word))
