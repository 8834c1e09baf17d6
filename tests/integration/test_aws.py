"""That our clients are those that boto3 makes, though they are made with less."""

import boto3
import pytest

from balancewatch.aws import SERVICES, Clients
from tests.stage import environment


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_clients_are_those_of_boto3(region: str) -> None:
    with environment(AWS_DEFAULT_REGION=region):
        clients, session = Clients(), boto3.session.Session()
        for service in SERVICES:
            ours, theirs = clients.make(service, attempts=1), session.client(service)  # type: ignore[call-overload]
            for fact in ("endpoint_url", "region_name", "partition", "method_to_api_mapping"):
                assert getattr(ours.meta, fact) == getattr(theirs.meta, fact), (service, fact)
            assert ours.meta.service_model.metadata == theirs.meta.service_model.metadata


def test_a_client_tries_as_often_as_it_is_told() -> None:
    with environment():
        made = Clients().make("sns", attempts=1)
    assert made.meta.config.retries == {"mode": "standard", "total_max_attempts": 1}
    assert (made.meta.config.connect_timeout, made.meta.config.read_timeout) == (2, 5)
