"""What the shell says when something outside fails, wholly or in part."""

from collections.abc import Collection
from dataclasses import dataclass


class OutsideError(Exception):
    """AWS refused, or did not answer. The text is ours and the service's error code, never a message body."""


class RefusedError(OutsideError):
    """AWS answered, with an error."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whose items are surely stored, and the last error where not everyone's are."""

    names: Collection[str]
    error: str | None = None
