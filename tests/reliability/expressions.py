"""DynamoDB's condition and update expressions, as far as a small table needs them.

They are evaluated, not recognised: an edited expression behaves as DynamoDB would make it behave.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Item = Mapping[str, Any]
"""An item, or a map in it, in the wire's form: `{"holder": {"S": "one"}}`."""

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class InvalidExpressionError(ValueError):
    """An expression that DynamoDB would refuse with a ValidationException."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an expression is evaluated over."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Any]


Condition = Callable[[Given], bool]
Path = tuple[str, ...]


def holds(expression: str | None, given: Given) -> bool:
    """Whether the condition holds; none always does. Raises `InvalidExpressionError`."""
    return True if expression is None else _condition(expression)(given)


def updated(expression: str, given: Given) -> dict[str, Any]:
    """The item after `SET ... REMOVE ...`. Raises `InvalidExpressionError`."""
    item = dict(given.item)
    sets, removals = _update(expression)
    for path, value in sets:
        _set(item, _named(path, given), given.values[value])
    for path in removals:
        (name,) = _named(path, given)
        item.pop(name, None)
    return item


def check_used(expressions: tuple[str | None, ...], names: frozenset[str], values: frozenset[str]) -> None:
    """Names and values that no expression uses, or that are missing, are refused."""
    used = _placeholders(expressions)
    if used != names | values:
        raise InvalidExpressionError("names or values are unused or missing")


@cache
def _placeholders(expressions: tuple[str | None, ...]) -> frozenset[str]:
    found = [token for expression in expressions if expression for token in _tokens(expression)]
    return frozenset(token for token in found if token[0] in "#:")


@cache
def _tokens(expression: str) -> tuple[str, ...]:
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidExpressionError(expression)
        tokens.append(found[1])
        position = found.end()
    return tuple(tokens)


@cache
def _condition(expression: str) -> Condition:
    reader = _Reader(_tokens(expression))
    condition = reader.either()
    reader.end()
    return condition


@cache
def _update(expression: str) -> tuple[tuple[tuple[Path, str], ...], tuple[Path, ...]]:
    reader = _Reader(_tokens(expression))
    sets: list[tuple[Path, str]] = []
    removals: list[Path] = []
    while not reader.is_over:
        match reader.take():
            case "SET":
                sets += reader.listed(reader.assignment)
            case "REMOVE":
                removals += reader.listed(reader.path)
            case other:
                raise InvalidExpressionError(other)
    return tuple(sets), tuple(removals)


class _Reader:
    """A recursive-descent reader of one expression's tokens."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._next = 0

    @property
    def is_over(self) -> bool:
        return self._next >= len(self._tokens)

    def peek(self) -> str:
        return "" if self.is_over else self._tokens[self._next]

    def take(self) -> str:
        if self.is_over:
            raise InvalidExpressionError("the expression ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise InvalidExpressionError(f"{token} is missing")

    def end(self) -> None:
        if not self.is_over:
            raise InvalidExpressionError(f"{self.peek()} is too much")

    def listed(self, read: "Callable[[], T]") -> "list[T]":
        """What `read` reads, as often as commas follow."""
        found = [read()]
        while self.peek() == ",":
            self.take()
            found.append(read())
        return found

    def assignment(self) -> "tuple[Path, str]":
        path = self.path()
        self.expect("=")
        return path, self.take()

    def path(self) -> Path:
        parts = [self.take()]
        while self.peek() == ".":
            self.take()
            parts.append(self.take())
        return tuple(parts)

    def either(self) -> Condition:
        conditions = [self.both()]
        while self.peek().upper() == "OR":
            self.take()
            conditions.append(self.both())
        return (
            conditions[0] if len(conditions) == 1 else lambda given: any(each(given) for each in conditions)
        )

    def both(self) -> Condition:
        conditions = [self.one()]
        while self.peek().upper() == "AND":
            self.take()
            conditions.append(self.one())
        return (
            conditions[0] if len(conditions) == 1 else lambda given: all(each(given) for each in conditions)
        )

    def one(self) -> Condition:
        match self.peek():
            case "(":
                self.take()
                inner = self.either()
                self.expect(")")
                return inner
            case "attribute_exists" | "attribute_not_exists" as function:
                self.take()
                self.expect("(")
                path = self.path()
                self.expect(")")
                wanted = function == "attribute_exists"
                return lambda given: (_found(path, given) is not None) is wanted
            case _:
                return self._comparison()

    def _comparison(self) -> Condition:
        left = self.path()
        compare = _COMPARE.get(self.take())
        if compare is None:
            raise InvalidExpressionError("a comparison is missing")
        right = self.path()
        return lambda given: _compared(compare, _operand(left, given), _operand(right, given))


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if left is None or right is None or left.keys() != right.keys():
        return left is not None and right is not None and compare is _COMPARE["<>"]
    ((kind, first),) = left.items()
    second = right[kind]
    return compare(float(first), float(second)) if kind == "N" else compare(first, second)


def _operand(path: Path, given: Given) -> Any:
    return given.values[path[0]] if path[0].startswith(":") else _found(path, given)


def _named(path: Path, given: Given) -> Path:
    return tuple(given.names[part] if part.startswith("#") else part for part in path)


def _found(path: Path, given: Given) -> Any:
    value: Any = {"M": given.item}
    for part in _named(path, given):
        value = value.get("M", {}).get(part) if value is not None else None
    return value


def _set(item: dict[str, Any], path: Path, value: Any) -> None:
    first, *rest = path
    if not rest:
        item[first] = value
        return
    inner = item.get(first, {}).get("M")
    if inner is None:
        raise InvalidExpressionError("the document path provided is invalid for update")
    copy = dict(inner)
    _set(copy, tuple(rest), value)
    item[first] = {"M": copy}
