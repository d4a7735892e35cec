"""What deploy/windows/report.ps1 writes, built here by its own names, is taken by a real collector.

The script itself has not been run: there is no PowerShell here.
"""

import hashlib
import hmac
import http.client
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

TEXT = (Path(__file__).parents[2] / "deploy/windows/report.ps1").read_text(encoding="ascii")


def names_of(start: str, end: str) -> list[str]:
    """Return the names of the hash table that begins with `start` in the script."""
    table = TEXT[TEXT.index(start) + len(start) :]
    return re.findall(r"(\w+) = ", table[: table.index(end)])


def test_a_batch_of_the_scripts_own_fields_is_accepted_and_measured(
    collector_process: Callable[..., Any],
):
    collector = collector_process()
    identity, now = collector.key.identity, time.time()
    samples = [
        [name, 1.5, *([dict.fromkeys(re.findall(r"(\w+) =", labels), "x")] if labels else [])]
        for name, labels in re.findall(r"@\('(govnet_machine\w+)'[^@\n]*(?:@\{([^}]*)\})?", TEXT)
    ]
    known = {
        "seq": 1,
        "created_at": now,
        "monotonic_seconds": 100.0,
        "boot_id": "boot-7",
        "interval_seconds": 60,
        "v": 1,
        "batch": "ab" * 16,
        "agent": identity.agent,
        "incarnation": "cd" * 8,
        "sent_at": now,
        "sent_monotonic_seconds": 100.5,
        "target": identity.machine,
        "duration_seconds": 0.1,
        "error": None,
    }
    result = names_of("@{ check = $Check; ", "}")
    results = [
        {name: known.get(name, samples) for name in result} | {"check": "machine"},
        {name: known.get(name) for name in result}
        | {"check": "lan", "samples": [["govnet_lan_gateway_reachable", 1]]},
    ]
    report = {name: known.get(name, results) for name in names_of("$report = @{ ", "} | Conv")}
    batch = {name: known[name] for name in names_of("$head = @{ ", " }\n")} | {"reports": [report]}
    body = json.dumps(batch).encode()
    (purpose,) = re.findall(r'GetBytes\("([\w-]+)`n"\)', TEXT)
    code = hmac.digest(collector.key.secret, f"{purpose}\n".encode() + body, hashlib.sha256)
    names = re.findall(r"'(Govnet-\w+)' = \$", TEXT)
    values = {
        "Govnet-Agent": identity.agent,
        "Govnet-Key": collector.key.key,
        "Govnet-Signature": code.hex(),
    }
    assert set(names) == set(values)

    connection = http.client.HTTPConnection(*collector.address, timeout=10)
    connection.request("POST", "/v1/reports", body, {"Content-Type": "application/json"} | values)
    reply = connection.getresponse()
    answer = json.loads(reply.read())
    connection.close()

    assert (reply.status, answer["accepted"], answer["rejected"]) == (200, [1], [])
    assert {"batch", "accepted", "duplicate", "rejected", "newest"} <= answer.keys()
    exposed = collector.get("/metrics")[1].decode()
    for name, *_ in samples:
        assert f"{name}{{" in exposed
    assert "govnet_lan_gateway_reachable{" in exposed
