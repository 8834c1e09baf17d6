"""A deployed stack on moto's AWS, which CloudFormation (a server on loopback) describes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from unittest.mock import patch
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from tests.loopback import serving
from tests.stage import Stage, stage

NAME = "balancewatch"
OUTPUTS = {"TableName": "balancewatch"}
PARAMETERS = {"Language": "en", "TimeZone": "Asia/Shanghai"}


class CloudFormation:
    """Describes the stacks that a test sets; `refusal` is the code of an error that it answers instead."""

    def __init__(self) -> None:
        self.outputs: dict[str, Mapping[str, str]] = {NAME: OUTPUTS}
        self.resources: dict[str, str] = {}
        """Physical ids by logical ones, of every stack."""
        self.refusal: str | None = None

    def resource(self, logical_id: str) -> tuple[int, str]:
        if logical_id not in self.resources:
            return 400, _error("ValidationError", f"Resource {logical_id} does not exist")
        return 200, (
            "<DescribeStackResourceResponse><DescribeStackResourceResult><StackResourceDetail>"
            f"<LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>"
            f"{escape(self.resources[logical_id])}</PhysicalResourceId>"
            "<ResourceType>AWS::Scheduler::Schedule</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
            "<LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp>"
            "</StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>"
        )

    def answer(self, name: str) -> tuple[int, str]:
        if self.refusal is not None:
            return 403, _error(self.refusal, "User is not authorized to perform this")
        if name not in self.outputs:
            return 400, _error("ValidationError", f"Stack with id {name} does not exist")
        outputs = _members("Output", self.outputs[name])
        parameters = _members("Parameter", PARAMETERS)
        return 200, (
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
            f"<StackName>{escape(name)}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
            f"<CreationTime>2026-11-01T00:00:00Z</CreationTime>{outputs}{parameters}"
            "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )


def _members(what: str, pairs: Mapping[str, str]) -> str:
    members = "".join(
        f"<member><{what}Key>{key}</{what}Key><{what}Value>{escape(value)}</{what}Value></member>"
        for key, value in pairs.items()
    )
    return f"<{what}s>{members}</{what}s>"


def _error(code: str, message: str) -> str:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return f"<ErrorResponse>{error}</ErrorResponse>"


@contextmanager
def deployed() -> Iterator[tuple[Stage, CloudFormation]]:
    """A stage, and the CloudFormation that knows it."""
    describing = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class's name
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if form["Action"] == ["DescribeStackResource"]:
                status, body = describing.resource(form["LogicalResourceId"][0])
            else:
                status, body = describing.answer(form["StackName"][0])
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with (
        serving(Handler) as port,
        stage() as standing,
        patch.dict(os.environ, {"AWS_ENDPOINT_URL_CLOUDFORMATION": f"http://127.0.0.1:{port}"}),
    ):
        yield standing, describing
