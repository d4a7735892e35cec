"""The shell block of docs/protocol.md is run as it stands, against a real collector."""

import hashlib
import http.client
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_SETTINGS,
    Purpose,
    sign,
    verify,
)
from govnet.settings import decode

pytestmark = pytest.mark.e2e

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_curl_example_is_accepted_and_measured(
    collector_process: Callable[..., Any], tmp_path: Path
):
    collector = collector_process()
    (script,) = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    identity = collector.key.identity
    done = subprocess.run(
        ["sh", "-eu"],
        input=script,
        cwd=tmp_path,
        env=os.environ
        | {
            "URL": collector.url,
            "AGENT": identity.agent,
            "KEY_ID": collector.key.key,
            "KEY": collector.key.secret.hex(),
            "MACHINE": identity.machine,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["accepted"] == [1]
    assert answer["rejected"] == []
    assert b"govnet_machine_uptime_seconds{" in collector.get("/metrics")[1]


def test_settings_come_signed_and_with_the_digest_of_the_answers(
    collector_process: Callable[..., Any],
):
    collector = collector_process()
    identity, secret = collector.key.identity, collector.key.secret
    nonce = "0123456789abcdef"
    code = sign(secret, Purpose.SETTINGS_REQUEST, identity.agent.encode(), nonce.encode())
    connection = http.client.HTTPConnection(*collector.address, timeout=10)
    connection.request(
        "GET",
        PATH_SETTINGS,
        headers={
            HEADER_AGENT: identity.agent,
            HEADER_KEY: collector.key.key,
            HEADER_NONCE: nonce,
            HEADER_SIGNATURE: code,
        },
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert verify(secret, answer.headers[HEADER_SIGNATURE], Purpose.SETTINGS, nonce.encode(), body)
    settings = decode(body)
    assert settings.machine == identity.machine
    assert {check.check for check in settings.checks} == {
        "machine",
        "lan",
        "facts",
        "link",
        "always_on",
    }
    empty = json.dumps(
        {
            "v": 1,
            "batch": "0" * 32,
            "agent": identity.agent,
            "incarnation": "0" * 16,
            "sent_at": 1.0,
            "sent_monotonic_seconds": 1.0,
            "boot_id": "",
            "reports": [],
        }
    ).encode()
    digest = collector.post(empty, Content_Encoding="identity")[1]["settings"]
    assert digest == hashlib.sha256(body).hexdigest()[:16]
