"""`make deploy`: asks four things, keeps what was said before, and says what to do when it cannot."""

import argparse
import io
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from balancewatch_cli import deploy
from tests.loopback import serving

ROOT = Path(__file__).parents[2]
NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


class CloudFormation:
    """As much of AWS as is asked: which stack there is, in what state, with which values."""

    def __init__(self) -> None:
        self.stack: tuple[str, dict[str, str]] | None = None
        self.refusal: str | None = None

    def answer(self) -> tuple[int, str]:
        if self.refusal is not None or self.stack is None:
            code, message = self.refusal or "ValidationError", "Stack with id x does not exist"
            words = "no" if self.refusal else message
            error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
            return 400, f'<ErrorResponse xmlns="{NAMESPACE}">{error}</ErrorResponse>'
        status, values = self.stack
        parameters = "".join(
            f"<member><ParameterKey>{name}</ParameterKey><ParameterValue>{escape(value)}</ParameterValue></member>"
            for name, value in values.items()
        )
        stack = (
            f"<StackName>x</StackName><CreationTime>2026-11-22T04:00:00Z</CreationTime>"
            f"<StackStatus>{status}</StackStatus><Parameters>{parameters}</Parameters>"
        )
        result = f"<DescribeStacksResult><Stacks><member>{stack}</member></Stacks></DescribeStacksResult>"
        return 200, f'<DescribeStacksResponse xmlns="{NAMESPACE}">{result}</DescribeStacksResponse>'


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CloudFormation]:
    cloud = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class's name
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = cloud.answer()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(Handler) as port:
        nothing = str(tmp_path / "nothing")
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_CONFIG_FILE": nothing,
            "AWS_SHARED_CREDENTIALS_FILE": nothing,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield cloud


@pytest.fixture
def sam(tmp_path: Path) -> Path:
    """Stands for the SAM CLI: writes down what it is called with, a line each."""
    path = tmp_path / "sam"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/called\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def run(monkeypatch: pytest.MonkeyPatch, sam: Path, answers: str, *options: str) -> tuple[int, list[str]]:
    """Deploy with these answers; return the exit status and what SAM was called with."""
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    status = deploy.main(["--sam", str(sam), "--template", str(ROOT / "template.yaml"), *options])
    called = sam.parent / "called"
    return status, called.read_text("utf-8").splitlines() if called.exists() else []


CALL = ["deploy", "--stack-name", "balancewatch", "--region", "eu-central-1"]


@pytest.mark.usefixtures("aws")
def test_the_first_deployment_asks_four_things_and_leaves_the_rest_to_the_template(
    monkeypatch: pytest.MonkeyPatch, sam: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, called = run(monkeypatch, sam, "\n\nops@example.com\n\n")
    assert (status, called) == (0, [*CALL, "--parameter-overrides", 'Email="ops@example.com"'])
    printed = capsys.readouterr().out
    assert printed.count("]: ") == 4
    assert "SecretConsoleUrl" in printed


@pytest.mark.parametrize(
    ("answers", "overrides"),
    [
        ("\n\n\n\n", []),
        ("\n\nnone\n\n", ['Email=""']),
        ("\n\n\n+4915112345678\n", ['Phone="+4915112345678"']),
        ("\n\nnew@example.com\nnone\n", ['Email="new@example.com"']),
    ],
)
def test_a_later_deployment_changes_only_what_is_answered(
    aws: CloudFormation,
    monkeypatch: pytest.MonkeyPatch,
    sam: Path,
    capsys: pytest.CaptureFixture[str],
    answers: str,
    overrides: list[str],
) -> None:
    """What is not named in the call keeps its value: SAM sees to that."""
    aws.stack = ("UPDATE_COMPLETE", {"Email": "old@example.com", "Phone": "", "IntervalMinutes": "60"})
    expected = [*CALL, "--parameter-overrides", *overrides] if overrides else CALL
    assert run(monkeypatch, sam, answers) == (0, expected)
    assert "SecretConsoleUrl" not in capsys.readouterr().out


def test_a_stack_with_a_topic_of_others_is_not_asked_who_hears(
    aws: CloudFormation, monkeypatch: pytest.MonkeyPatch, sam: Path
) -> None:
    aws.stack = ("CREATE_COMPLETE", {"Email": "", "TopicArn": "arn:aws:sns:eu-central-1:1:theirs"})
    assert run(monkeypatch, sam, "\n\n") == (0, CALL)


@pytest.mark.usefixtures("aws")
def test_a_wrong_answer_is_asked_again_with_what_is_wanted(
    monkeypatch: pytest.MonkeyPatch, sam: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, called = run(monkeypatch, sam, "\n\nops\nops@example.com\n0151\nnone\n")
    assert (status, called[-1]) == (0, 'Email="ops@example.com"')
    printed = capsys.readouterr().out
    assert "must be an e-mail address, or none" in printed
    assert "must be a number in international form such as +4915112345678, or none" in printed


@pytest.mark.usefixtures("aws")
def test_all_can_be_said_beforehand(monkeypatch: pytest.MonkeyPatch, sam: Path) -> None:
    options = ["--email", "none", "--phone", "none", "--region", "us-east-1", "--stack", "other"]
    assert run(monkeypatch, sam, "", *options) == (
        0,
        ["deploy", "--stack-name", "other", "--region", "us-east-1"],
    )


@pytest.mark.parametrize(
    ("stack", "refusal", "answers", "options", "advice"),
    [
        (None, None, "eu-centrall-1\n", [], "did you mean eu-central-1?"),
        (None, None, "\nmy stack\n", [], "letters, digits and hyphens"),
        (None, None, "\n", [], "make deploy REGION="),
        (None, None, "\n\n", ["--email", "ops"], "must be an e-mail address"),
        (
            ("ROLLBACK_COMPLETE", {}),
            None,
            "\n\n",
            [],
            "sam delete --stack-name balancewatch --region eu-central-1",
        ),
        (("UPDATE_IN_PROGRESS", {}), None, "\n\n", [], "wait until that has ended"),
        (None, "ExpiredToken", "\n\n", [], "aws sso login"),
        (None, "AccessDenied", "\n\n", [], "must be allowed to deploy"),
    ],
)
def test_what_keeps_it_from_deploying_is_said_with_the_remedy(
    aws: CloudFormation,
    monkeypatch: pytest.MonkeyPatch,
    sam: Path,
    capsys: pytest.CaptureFixture[str],
    stack: tuple[str, dict[str, str]] | None,
    refusal: str | None,
    answers: str,
    options: list[str],
    advice: str,
) -> None:
    aws.stack, aws.refusal = stack, refusal
    assert run(monkeypatch, sam, answers, *options) == (2, [])
    assert advice in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_without_credentials_it_says_how_to_log_in(
    monkeypatch: pytest.MonkeyPatch, sam: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert run(monkeypatch, sam, "\n\n") == (2, [])
    assert "aws configure" in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_a_deployment_that_fails_fails(
    monkeypatch: pytest.MonkeyPatch, sam: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sam.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert run(monkeypatch, sam, "\n\n\n\n")[0] == 1
    assert "The reason stands above" in capsys.readouterr().err


def test_the_first_ten_minutes_show_the_questions_as_they_are_asked(
    monkeypatch: pytest.MonkeyPatch, aws: CloudFormation
) -> None:
    page = (ROOT / "docs/first-ten-minutes.md").read_text("utf-8")
    (screen,) = re.findall(r"```text\n(AWS region.*?)\n```", page, re.DOTALL)
    lines = screen.splitlines()
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question.strip())
        line: str = lines[len(asked) - 1]
        return line.partition("]:")[2].strip()

    monkeypatch.delenv("AWS_DEFAULT_REGION")
    nothing_given = argparse.Namespace(region=None, stack=None, email=None, phone=None)
    arguments, is_new = deploy.planned(nothing_given, ROOT / "template.yaml", answer)
    assert asked == [line.partition("]:")[0] + "]:" for line in lines]
    assert is_new
    assert aws.stack is None
    assert 'Email="you@example.com"' in arguments
