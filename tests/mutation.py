"""Answers that are nearly right: recorded ones with something changed, by their tokens or by their bytes."""

import base64
import gzip
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[][{}:,]|\s+|.', re.DOTALL)
_LONGEST = 200_000

ODD = (
    "null", "true", "false", "[]", "{}", '""', '" "', "[null]", "[true]", "[[]]", '{"a":1}', "[1,2]", "NaN",
    "Infinity", "-Infinity", "1e400", "-1e400", "1e9999999", "1e99999999999999999999", "1e-400", "-0",
    "0", "0.0", "-1", "1", "1E+2", "01", "+1", ".5", "5.", "0x10", "1_000", '"NaN"', '"inf"', '"1e400"',
    '"1e24"',
    "1e24", "1e25", "-1e24", "999999999999999999999999", "9" * 60,
    "9" * 400, "9" * 401, "0." + "0" * 50 + "1",
    '"1,234.56"', '"1,23"', '"$1,234.56"', '"-$5"', '"$-5"', '"USD 5"', '"5 USD"', '"KES 1785.50"',
    '"1.234,56"',
    '"\u00a55"', '"\uff11\uff12"', '"\u0661\u0662"', '"1\u00a0000"', '"\u22125"', '"five"', '"true"',
    '"null"',
    '"\\u0000"', '"\\ud800"', '"\u202e5"', '"1e1e1"', '"0x5"', '"5%"', "100000000", "2147483647", "1e8",
    "1700000000", "1700000000000", '"2026-12-01"', '"9999-12-31T23:59:59Z"', '"monthly"', "undefined", "'5'",
    '"USD"', '"usd"', '"EUR"', '"' + "x" * 300 + '"', "1.5", "1e-12", "1e-13", "123456789.123456789123456789",
)  # fmt: skip
"""What may stand where something else is expected."""

WORDS = (
    "insufficient quota", "Invalid token", "\u7528\u6237\u989d\u5ea6\u4e0d\u8db3", "No Authorization header",
    "Failed to get user quota", "unauthorized", "quota exceeded", "error", "\u202eevil\u202c", "\x00",
    "a\u0301",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON text in tokens, with the span of each value and of each member of an object."""

    tokens: tuple[str, ...]
    values: tuple[tuple[int, int], ...]
    members: tuple[tuple[int, int], ...]
    strings: tuple[int, ...]
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return "".join(self.tokens)


@dataclass(slots=True)
class _Spans:
    tokens: Sequence[str]
    at: int = 0
    values: list[tuple[int, int]] = field(default_factory=list)
    members: list[tuple[int, int]] = field(default_factory=list)

    def value(self) -> None:
        start, opening = self.at, self.tokens[self.at]
        self.at += 1
        if opening in ("[", "{"):
            self._inside(is_object=opening == "{")
        self.values.append((start, self.at))

    def _inside(self, *, is_object: bool) -> None:
        while self.tokens[self.at] not in ("]", "}"):
            if self.tokens[self.at] == ",":
                self.at += 1
                continue
            start = self.at
            if is_object:
                self.at += 2
            self.value()
            if is_object:
                self.members.append((start, self.at))
        self.at += 1


def text_of(json: str) -> Text | None:
    """The text in tokens; None where it is no JSON."""
    tokens = tuple(token for token in _TOKEN.findall(json) if not token.isspace())
    spans = _Spans(tokens)
    try:
        spans.value()
    except (IndexError, RecursionError):
        return None
    if spans.at != len(tokens):
        return None
    strings = tuple(index for index, token in enumerate(tokens) if token[0] == '"')
    numbers = tuple(index for index, token in enumerate(tokens) if token[0] in "-0123456789")
    return Text(tokens, tuple(spans.values), tuple(spans.members), strings, numbers)


Change = Callable[[Random, Text, str], str]


def _odd(random: Random, text: Text, _: str) -> str:
    start, end = random.choice(text.values)
    return _joined(text, start, end, random.choice(ODD))


def _number(random: Random, text: Text, secret: str) -> str:
    if not text.numbers:
        return _odd(random, text, secret)
    at = random.choice(text.numbers)
    digits = text.tokens[at]
    written = random.choice(
        (
            f'"{digits}"', f"-{digits}", f"{digits}0", f"{digits}e3", f"{digits}e-30", f'"${digits}"',
            f'" {digits} "', f"[{digits}]", f"{digits}.0", f"{digits}{'0' * 30}", f'"{digits} USD"',
            f"+{digits}",
            f'"{digits[:1]},{digits[1:]}"', digits[::-1], f'{{"amount":{digits}}}', f'"+{digits}"',
            f"0{digits}",
        )
    )  # fmt: skip
    return _joined(text, at, at + 1, written)


def _dropped(random: Random, text: Text, secret: str) -> str:
    if not text.members:
        return _odd(random, text, secret)
    start, end = random.choice(text.members)
    if end < len(text.tokens) and text.tokens[end] == ",":
        end += 1
    elif text.tokens[start - 1] == ",":
        start -= 1
    return _joined(text, start, end, "")


def _doubled(random: Random, text: Text, secret: str) -> str:
    if not text.members:
        return _odd(random, text, secret)
    start, end = random.choice(text.members)
    again = "".join(text.tokens[start:end])
    if random.random() < 0.5:
        again = f"{text.tokens[start]}:{random.choice(ODD)}"
    return _joined(text, end, end, f",{again}")


def _renamed(random: Random, text: Text, secret: str) -> str:
    if not text.members:
        return _odd(random, text, secret)
    at, _ = random.choice(text.members)
    key = text.tokens[at][1:-1]
    return _joined(text, at, at + 1, f'"{random.choice((key.upper(), key + "_", key[:-1], "", key[::-1]))}"')


def _wrapped(random: Random, text: Text, _: str) -> str:
    start, end = random.choice(text.values)
    inner = "".join(text.tokens[start:end])
    depth = random.choice((1, 1, 1, 2, 50, 2000))
    opening, closing = random.choice((("[", "]"), ('{"data":', "}"), ("[1,", "]"), ('{"a":0,"data":', "}")))
    return _joined(text, start, end, opening * depth + inner + closing * depth)


def _swapped(random: Random, text: Text, _: str) -> str:
    one, two = sorted((random.choice(text.values), random.choice(text.values)))
    if one[1] > two[0]:
        return str(text)
    parts = [text.tokens[: one[0]], text.tokens[slice(*two)], text.tokens[one[1] : two[0]]]
    return "".join("".join(part) for part in [*parts, text.tokens[slice(*one)], text.tokens[two[1] :]])


def _copied(random: Random, text: Text, _: str) -> str:
    (from_start, from_end), (start, end) = random.choice(text.values), random.choice(text.values)
    return _joined(text, start, end, "".join(text.tokens[from_start:from_end]))


def _worded(random: Random, text: Text, secret: str) -> str:
    """Words, mostly with a form of the secret, where something else stands."""
    encoded = base64.b64encode(f"user:{secret}".encode()).decode()
    form = random.choice(
        (secret, quote(secret), secret[:9] + "***", f"***{secret[-8:]}", encoded, secret[5:20],
        f"Bearer {secret}",
         f"'{secret}'", secret.upper(), secret.replace("-", "\\u002d"), f"{secret}x{secret}", "")
    )  # fmt: skip
    if random.random() < 0.2:
        start, end = random.choice(text.values)
        return _joined(text, start, end, f'"{secret[: random.choice((7, 9, 12))]}"')
    words = f'"{random.choice(WORDS)} {form}{random.choice(("", ".", " " + "y" * 1990, ", please"))}"'
    start, end = random.choice(text.values)
    return _joined(text, start, end, words.replace("\x00", "\\u0000"))


def _spelled(random: Random, text: Text, secret: str) -> str:
    """Something odd inside a text, or a key."""
    if not text.strings:
        return _odd(random, text, secret)
    at = random.choice(text.strings)
    token = text.tokens[at]
    where = random.randrange(1, len(token))
    odd = random.choice(
        ("\u200b", "\u202e", "\\u0000", "\\ud83d", "\U0001f4b8", "\\n", " ", "\u0301", "1", ",", "-")
    )
    return _joined(text, at, at + 1, token[:where] + odd + token[where:])


def _joined(text: Text, start: int, end: int, between: str) -> str:
    return f"{''.join(text.tokens[:start])}{between}{''.join(text.tokens[end:])}"


CHANGES: Sequence[Change] = (
    _odd, _odd, _odd, _number, _number, _number, _dropped, _doubled, _renamed, _wrapped, _swapped, _copied,
    _worded, _worded, _spelled,
)  # fmt: skip


def _flipped(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _sliced(random: Random, body: bytes) -> bytes:
    start, end = sorted((random.randrange(len(body)), random.randrange(len(body))))
    return random.choice((body[:end], body[start:], body[:start] + body[end:], body[:end] + body[start:]))


def _disguised(random: Random, body: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    return random.choice(
        (
            b"\xef\xbb\xbf" + body, text.encode("utf-16"), text.encode("latin-1", "replace") + b"\xe9",
            body + body, body + b"\n\n", body + b"x", b" " + body, b"<html>" + body, b"[" * 3000 + body,
            gzip.compress(body, 1), b'{"data":' + body + b"}", b"", b"while(1);" + body, body + b"\x00",
        )
    )  # fmt: skip


_BYTES = (_flipped, _flipped, _sliced, _disguised)


def mutated(random: Random, text: Text, secret: str) -> bytes:
    """The text with one thing changed, seldom more."""
    changed: Text | None = text
    written = str(text)
    for _ in range(random.choice((1, 1, 1, 1, 1, 2, 3))):
        if changed is None or len(written) > _LONGEST:
            break
        written = random.choice(CHANGES)(random, changed, secret)
        changed = text_of(written) if random.random() < 0.4 else None
    body = written.encode("utf-8", "surrogatepass")
    if body and random.random() < 0.12:
        body = random.choice(_BYTES)(random, body)
    return body
