"""What a person, or a script, says of a channel, and the URL that it makes."""

import secrets
import sys
from collections.abc import Sequence

from balancewatch_cli import private
from balancewatch_cli.channels.kinds import (
    MADE_KEY_BYTES,
    Kind,
    Parts,
    Question,
    WrongAnswerError,
    made_secret,
)
from balancewatch_cli.terminal import note

_BY_VARIABLE = "--answer-env {name}=VAR"
_MOST_TRIES = 3
"""So often somebody may answer a question wrongly."""


def url_of(kind: Kind, by_variable: Sequence[str], name: str | None) -> str:
    """The URL, of what is asked and of `QUESTION=VAR`. Raises `WrongAnswerError` and `NotGivenError`."""
    variables = dict(private.pair(each, "--answer-env") for each in by_variable)
    names = [each.name for each in kind.questions]
    if not variables.keys() <= set(names):
        raise WrongAnswerError(f"--answer-env: {kind.title} is asked for {', '.join(names)}")
    if sys.stdin.isatty() and not set(names) <= variables.keys():
        print(f"{kind.title}: {kind.where}", file=sys.stderr)
    parts: dict[str, str] = {}
    for question in kind.questions:
        parts.update(_answer(kind, question, variables.get(question.name)))
    if kind.name == "webhook" and not parts["secret"]:
        parts["secret"] = _made_secret(name or "the receiver")
    return kind.url(parts)


def _answer(kind: Kind, question: Question, variable: str | None) -> Parts:
    """What a question's answer holds; somebody who types may try again."""
    tries = _MOST_TRIES if variable is None and sys.stdin.isatty() else 1
    while True:
        answer = private.given(
            question.words,
            variable,
            by_variable=_BY_VARIABLE.format(name=question.name),
            is_secret=question.is_secret,
            is_optional=question.is_optional,
        )
        tries -= 1
        try:
            return kind.checked(question, answer)
        except WrongAnswerError as error:
            if not tries:
                raise
            note(str(error))


def _made_secret(receiver: str) -> str:
    """A new one, shown once to whoever sits here: the receiver must know it before the test comes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise private.NotGivenError(
            "a secret is made and shown on a terminal only: here make one yourself, "
            'VAR="whsec_$(openssl rand -base64 32)", and say --answer-env secret=VAR'
        )
    made = made_secret(secrets.token_bytes(MADE_KEY_BYTES))
    print(
        f"\nThe secret for {receiver}, shown this once:\n\n    {made}\n\n"
        "Put it into your program, so that it can check the test. Then press Enter: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    sys.stdin.readline()
    return made
