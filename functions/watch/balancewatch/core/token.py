"""A provider's credential, which cannot be printed by accident, and its removal from foreign text."""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from balancewatch.core.fields import WantedError

CUT = "[token]"
_WORD = re.compile(r"\S+")
_LONGEST = 4096
_SHARED = 6
"""So many characters in common with a token make a word a part of it."""
_EDGE = 4
"""So many characters of its start or end do, in a word that masks the rest (`sk-a***9xyz`)."""
_MASKED = re.compile(r"\*{2,}|\.{2,}|\u2026|x{4,}|X{4,}|\u2022{2,}")


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
    forms = [form.lower() for token in tokens for form in _forms(token.reveal())]
    return _WORD.sub(lambda word: CUT if _betrays(word[0].lower(), forms) else word[0], text)


def _forms(secret: str) -> list[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return [secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], encoded.rstrip("=")]


def _betrays(word: str, forms: list[str]) -> bool:
    masked = bool(_MASKED.search(word))
    for form in forms:
        if len(form) <= _SHARED:
            if form in word:
                return True
        elif any(word[at : at + _SHARED] in form for at in range(len(word) - _SHARED + 1)):
            return True
        if masked and (form[:_EDGE] in word or form[-_EDGE:] in word):
            return True
    return False
