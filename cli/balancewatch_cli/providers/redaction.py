"""What a provider answered, fit to be shown and pasted: no secret, no e-mail, no control characters."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.token import Token, without_tokens

SECRET, MAIL = "[secret]", "[e-mail]"
_SECRET_NAME = re.compile(
    r"(?i)(^|_|-|[a-z])(token|key|secret|password|passwd|jwt|cookie|session|authorization)$"
)
_SHORTEST_SECRET = 8
_KEY = re.compile(r"\b(sk|pk|rk|fc|vck|tvly|xai|gsk)[-_][A-Za-z0-9_*.-]{8,}")
_MAIL = re.compile(r"[^\s@\"'<>(),;:]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_URL = re.compile(r"(https?://)([^/?#]*)(.*)", re.DOTALL)
_PIECE = re.compile(r"[^/?&=#;,]+")
_LONGEST_TEXT = 160
_LONGEST_READ = 20_000
_MOST_ITEMS = 5
_MOST_KEYS = 60
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Redaction:
    """Cuts out the secrets of one account, in every form, and what looks like a secret of its own."""

    tokens: tuple[Token, ...]

    def text(self, text: str, longest: int = _LONGEST_TEXT) -> str:
        """Words of a provider: what is cut is cut before it is shortened."""
        clean = without_tokens(text[:_LONGEST_READ], self.tokens)
        clean = _MAIL.sub(MAIL, _KEY.sub(SECRET, clean))
        return clean if len(clean) <= longest else f"{clean[:longest]}..."

    def url(self, url: str, known: Collection[str] = ()) -> str:
        """The URL, piece by piece; those of the profile itself are `known`."""
        found = _URL.fullmatch(url)
        if found is None:
            return visible(self.text(url))
        host = found[2]
        for token in self.tokens:
            host = host.replace(token.reveal(), str(token))
        rest = _PIECE.sub(lambda piece: piece[0] if piece[0] in known else self.text(piece[0]), found[3])
        return visible(f"{found[1]}{host}{rest}")

    def document(self, document: object) -> str:
        """A JSON document on many lines, its long parts cut."""
        return visible("".join(self._written(document, "", 0)), lines=True)

    def value(self, value: object, longest: int = 60) -> str:
        """One value on one line."""
        written = re.sub(r"\s*\n\s*", " ", "".join(self._written(value, "", 0)))
        return visible(written if len(written) <= longest else f"{written[:longest]}...")

    def body(self, body: bytes) -> str:
        """A whole answer: JSON as such, else the beginning of its text."""
        try:
            return self.document(decode(body.decode("utf-8")))
        except (UnicodeDecodeError, NotJsonError):
            start = body[: 4 * _LONGEST_READ].decode("utf-8", "replace")
            return visible(self.text(start.strip(), 600), lines=True)

    def _written(self, value: object, name: str, depth: int) -> Iterator[str]:
        match value:
            case dict() if value and depth < _DEEPEST:
                yield from self._many("{}", [*value.items()][:_MOST_KEYS], len(value), depth)
            case list() if value and depth < _DEEPEST:
                items = [(None, item) for item in value[:_MOST_ITEMS]]
                yield from self._many("[]", items, len(value), depth)
            case dict() | list():
                yield ("{}" if isinstance(value, dict) else "[]") if not value else "..."
            case str():
                yield json.dumps(self._scalar(value, name), ensure_ascii=False)
            case Decimal():
                digits = str(value)
                clean = self.text(digits)
                yield clean if clean[:40] == digits[:40] else json.dumps(clean)
            case _:
                yield json.dumps(value)

    def _many(
        self, brackets: str, items: Sequence[tuple[object, object]], count: int, depth: int
    ) -> Iterator[str]:
        inner = "\n" + "  " * (depth + 1)
        yield brackets[0]
        for index, (name, item) in enumerate(items):
            yield f"{',' if index else ''}{inner}"
            if isinstance(name, str):
                yield f"{json.dumps(self.text(name), ensure_ascii=False)}: "
            yield from self._written(item, name if isinstance(name, str) else "", depth + 1)
        if count > len(items):
            yield f",{inner}... {count - len(items)} more"
        yield f"\n{'  ' * depth}{brackets[1]}"

    def _scalar(self, value: str, name: str) -> str:
        clean = self.text(value)
        is_secret = len(value) >= _SHORTEST_SECRET and _SECRET_NAME.search(name)
        return SECRET if is_secret and clean == value else clean


def visible(text: str, *, lines: bool = False) -> str:
    """The text with whatever could move a cursor, or not be printed at all, as its code."""
    return "".join(
        char if char.isprintable() or (lines and char == "\n") else f"\\u{ord(char):04x}" for char in text
    )
