"""Answers of services that refuse with HTTP 200 and a code in the body."""

import json
from collections.abc import Mapping


def refusal(status: int, body: bytes, fields: tuple[str, ...], meanings: Mapping[int, str]) -> str | None:
    """Why the service did not take a message; None if it did.

    `fields` may hold the code, the first that is there counts; 0 is the only one that means yes. The
    service's own words are not passed on: they may quote the request.
    """
    if not 200 <= status < 300:  # noqa: PLR2004  # the class of success
        return f"it answers HTTP {status}"
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "its answer is not JSON"
    codes = [document[name] for name in fields if name in document] if isinstance(document, dict) else []
    code = codes[0] if codes else None
    if not isinstance(code, int) or isinstance(code, bool):
        return "its answer has no code"
    if code == 0:
        return None
    meaning = meanings.get(code)
    return f"it refuses with code {code}" + (f": {meaning}" if meaning else "")
