"""A real `govnet serve` and its commands: tokens, enrolment, revocation, clones, key renewal."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest

from collector.store.registry import NewKey
from collector.wire import AgentIdentity
from govnet.enrolment import EnrolmentToken, EnrolRequest, NewKeyRequest, encode
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_ENROL,
    PATH_KEYS,
    PATH_SETTINGS,
    Clock,
    Purpose,
    Report,
    crc,
    encode_batch,
    encode_report,
    sign,
)

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the shared conftest."""
OWN = {"board": "0000000b", "disk": "0000000d", "mac": "0000000e"}
COPY = {"board": "1000000b", "disk": "1000000d", "mac": "1000000e"}
WAIT_SECONDS = 60.0


def command(collector: Collector, *arguments: str, status: int = 0) -> str:
    """Run a command on the collector's folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "collector.cli", *arguments, "--data", str(collector.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def agents(collector: Collector, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        command(collector, "agents", "list", "--json", *options)
    )
    return found


def token(collector: Collector, *options: str) -> EnrolmentToken:
    given = ("--inventory", str(collector.inventory), *options)
    return EnrolmentToken.parse(command(collector, "token", "create", *given))


def post(
    collector: Collector, path: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any], dict[str, str]]:
    connection = HTTPConnection(*collector.address, timeout=20)
    try:
        connection.request("POST", path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), dict(answer.headers)
    finally:
        connection.close()


def enrol(
    collector: Collector, made: EnrolmentToken, **said: object
) -> tuple[int, dict[str, Any], bytes]:
    """Enrol a machine as its agent does; return status, answer and its key."""
    given = {"key": secrets.token_hex(32), "hardware": OWN} | said
    request = EnrolRequest(secret=made.secret, **given)  # type: ignore[arg-type]
    status, answer, _ = post(collector, PATH_ENROL, encode(request))
    return status, answer, bytes.fromhex(request.key)


def key_of(answer: dict[str, Any], secret: bytes) -> NewKey:
    identity = AgentIdentity(answer["agent"], answer["site"], answer["machine"])
    return NewKey(identity, answer["key_id"], secret)


def report(
    collector: Collector, key: NewKey, seq: int, hardware: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    now = time.time()
    body = encode_batch(
        key.identity.agent,
        "0123456789abcdef",
        Clock(now, 100.0, "boot"),
        [encode_report(Report(seq, now, 100.0, "boot", 60.0, "", ()))],
        hardware=OWN if hardware is None else hardware,
    ).body
    status, answer = collector.post(body, key)
    return status, answer


def until(true: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + WAIT_SECONDS
    while not true():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_a_machine_enrols_reports_and_is_refused_with_the_request_after_its_revocation(
    collector_process: Callable[..., Collector],
):
    collector = collector_process()
    status, answer, secret = enrol(collector, token(collector, "--site", "xa-a"))
    assert (status, answer["state"], answer["machine"]) == (200, "active", "xa-a/pc-001")
    key = key_of(answer, secret)
    for seq in range(1, 4):
        status, said = report(collector, key, seq)
        assert (status, said["accepted"]) == (200, [seq])

    command(collector, "agents", "revoke", answer["agent"])

    status, said = report(collector, key, 4)
    assert (status, said["error"]) == (403, "revoked")
    assert collector.counted("govnet_collector_rejected_requests_total")["revoked"] == 1.0
    assert collector.counted("govnet_collector_enrolments_total")["active"] == 1.0


def test_of_many_that_want_the_last_uses_at_once_as_many_as_it_has_get_in(
    collector_process: Callable[..., Collector],
):
    collector = collector_process()
    made = token(collector, "--site", "xa-a", "--uses", "3")

    with ThreadPoolExecutor(10) as threads:
        done = list(threads.map(lambda _: enrol(collector, made, hardware={}), range(10)))

    assert sorted(status for status, _, _ in done) == [200] * 3 + [403] * 7
    refused = {answer["error"] for status, answer, _ in done if status != 200}
    assert refused == {"token_used_up"}
    machines = [answer["machine"] for status, answer, _ in done if status == 200]
    assert sorted(machines) == ["xa-a/pc-001", "xa-a/pc-002", "xa-a/pc-003"]


def test_a_pending_machine_waits_and_reports_once_it_is_approved(
    collector_process: Callable[..., Collector],
):
    collector = collector_process()
    made = token(collector, "--province", "--uses", "2")
    status, answer, secret = enrol(collector, made, hostname="moi")
    assert (status, answer["state"]) == (200, "pending")
    key = key_of(answer, secret)
    body = encode_batch(key.identity.agent, "0" * 16, Clock(1.0, 1.0, "b"), []).body
    headers = {
        HEADER_AGENT: answer["agent"],
        HEADER_KEY: answer["key_id"],
        HEADER_SIGNATURE: sign(secret, Purpose.BATCH, body),
    }
    status, said, about = post(collector, "/v1/reports", body, headers)
    assert (status, said["error"]) == (403, "pending")
    assert 5 <= int(about["retry-after"]) <= 16
    until(lambda: collector.counted("govnet_collector_agents")["pending"] == 1.0)
    (waiting,) = agents(collector, "--pending")
    assert (waiting["agent"], waiting["hostname"]) == (answer["agent"], "moi")

    where = ("--site", "xa-a", "--inventory", str(collector.inventory))
    command(collector, "agents", "approve", answer["agent"], *where)

    assert report(collector, key, 1)[0] == 200
    status, by_code, _ = enrol(collector, made, hardware={}, code="XA-A")
    assert (status, by_code["state"], by_code["site"]) == (200, "active", "xa-a")


def test_a_copied_disk_is_refused_and_shown_and_the_machine_goes_on(
    collector_process: Callable[..., Collector],
):
    collector = collector_process()
    _, answer, secret = enrol(collector, token(collector, "--site", "xa-a"))
    key = key_of(answer, secret)
    assert report(collector, key, 1)[0] == 200

    status, said = report(collector, key, 2, hardware=COPY)

    assert (status, said["error"]) == (403, "clone_suspected")
    assert report(collector, key, 2)[0] == 200
    until(lambda: collector.counted("govnet_collector_agents")["quarantined"] == 1.0)

    def clones() -> list[dict[str, Any]]:
        found = {one["agent"]: one for one in agents(collector)}
        return list(found[answer["agent"]]["clones"])

    until(lambda: bool(clones()))
    assert clones()[0]["hardware"] == COPY
    assert "CLONE?" in command(collector, "agents", "list")
    command(
        collector, "agents", "approve", answer["agent"], "--inventory", str(collector.inventory)
    )
    assert report(collector, key, 3, hardware=COPY)[0] == 200


def test_a_key_is_renewed_without_a_visit(collector_process: Callable[..., Collector]):
    collector = collector_process()
    _, answer, secret = enrol(collector, token(collector, "--site", "xa-a"))
    old = key_of(answer, secret)
    assert report(collector, old, 1)[0] == 200
    assert settings(collector, old)["renew_key"] == ""
    command(collector, "agents", "rotate", answer["agent"])
    until(lambda: settings(collector, old)["renew_key"] == "k1")

    fresh = secrets.token_bytes(32)
    body = encode(NewKeyRequest(key_id="k2", key=fresh.hex()))
    headers = {
        HEADER_AGENT: answer["agent"],
        HEADER_KEY: "k1",
        HEADER_SIGNATURE: sign(secret, Purpose.NEW_KEY, body),
    }
    for _ in range(2):
        status, said, _ = post(collector, PATH_KEYS, body, headers)
        assert (status, said["key_id"]) == (200, "k2")
    forged = {**headers, HEADER_SIGNATURE: sign(secret, Purpose.BATCH, body)}
    assert post(collector, PATH_KEYS, body, forged)[:2][1]["error"] == "bad_signature"

    new = NewKey(old.identity, "k2", fresh)
    assert report(collector, old, 2)[0] == 200, "until the new key is used"
    assert report(collector, new, 3)[0] == 200
    assert report(collector, old, 4)[1]["error"] == "revoked"
    until(lambda: settings(collector, new)["renew_key"] == "")


def settings(collector: Collector, key: NewKey) -> dict[str, Any]:
    nonce = secrets.token_hex(8)
    agent = key.identity.agent
    code = sign(key.secret, Purpose.SETTINGS_REQUEST, agent.encode(), nonce.encode())
    connection = HTTPConnection(*collector.address, timeout=20)
    try:
        connection.request(
            "GET",
            PATH_SETTINGS,
            headers={
                HEADER_AGENT: agent,
                HEADER_KEY: key.key,
                HEADER_NONCE: nonce,
                HEADER_SIGNATURE: code,
            },
        )
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


def test_an_altered_body_is_told_from_a_wrong_key(collector_process: Callable[..., Collector]):
    collector = collector_process()
    batch = encode_batch(collector.key.identity.agent, "0" * 16, Clock(1.0, 1.0, "b"), []).body
    altered = batch[:-1] + bytes([batch[-1] ^ 1])

    name = HEADER_CRC.replace("-", "_")
    status, said = collector.post(altered, **{name: crc(batch)})
    assert (status, said["error"]) == (401, "body_altered")
    wrong = NewKey(collector.key.identity, "k1", bytes(32))
    status, said = collector.post(batch, wrong, **{name: crc(batch)})
    assert (status, said["error"]) == (401, "bad_signature")


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "bad_json"),
        (b"[]", 400, "bad_schema"),
        (b'{"v": 2}', 400, "wrong_version"),
        (b'{"v": 1, "secret": "x"}', 400, "bad_schema"),
        (b"x" * 20_000, 413, "body_too_large"),
        (b"[" * 16_000, 400, "bad_json"),
    ],
)
def test_bad_requests_to_enrol_are_refused_with_their_reason(
    collector_process: Callable[..., Collector], body: bytes, status: int, reason: str
):
    collector = collector_process()

    found, said, _ = post(collector, PATH_ENROL, body)

    assert (found, said["error"]) == (status, reason)
    assert collector.counted("govnet_collector_enrolments_total")["refused"] == 1.0


def test_the_master_key_is_rotated_while_the_collector_runs_and_is_killed(
    collector_process: Callable[..., Collector],
):
    collector = collector_process()
    made = token(collector, "--site", "xa-a", "--uses", "2")
    _, first, first_secret = enrol(collector, made, hardware={})
    command(collector, "master-key", "rotate")
    _, second, second_secret = enrol(collector, made, hardware={})
    collector.kill()
    collector.start()

    assert report(collector, key_of(first, first_secret), 1)[0] == 200
    assert report(collector, key_of(second, second_secret), 1)[0] == 200
    log = collector.log.read_text()
    for secret in (first_secret.hex(), second_secret.hex(), made.secret):
        assert secret not in log


def test_six_hundred_machines_enrol_one_after_the_other(
    collector_process: Callable[..., Collector], capsys: pytest.CaptureFixture[str]
):
    """A mass installation: how long one enrolment takes, beside an agent that reports."""
    collector = collector_process()
    made = token(collector, "--site", "xa-a", "--uses", "600")
    began = time.monotonic()
    for number in range(600):
        hardware = {"board": f"{number:08x}", "disk": f"{number:08x}"}
        assert enrol(collector, made, hardware=hardware)[0] == 200
    seconds = time.monotonic() - began

    with capsys.disabled():
        print(f"\n600 enrolments: {seconds:.1f} s, {seconds / 600 * 1000:.1f} ms each")
    assert len(agents(collector)) == 601
