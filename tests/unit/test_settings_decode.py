"""Settings with which nothing can be run are refused; on disk they count as absent."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.measuring.alive import read_previous_run
from agent.sending.orders import read_orders
from govnet.errors import WireError
from govnet.settings import MAX_CHECKS, LinkSettings, MachineSettings, Settings, decode, encode

AGENT = "pc-1-agent"
GOOD: dict[str, Any] = {
    "v": 1,
    "agent": AGENT,
    "site": "xa-a",
    "machine": "pc-1",
    "report_interval_seconds": 60.0,
    "checks": [{"check": "link", "target": "xa-a/line", "probes": 10, "spacing_seconds": 0.2}],
}
LINK: dict[str, Any] = GOOD["checks"][0]

UNUSABLE_SECONDS = (0, -1, 1e-320, 86400.5, 10**400, "60", True, None)
UNUSABLE = [
    *({"report_interval_seconds": number} for number in UNUSABLE_SECONDS),
    *(
        {"checks": [LINK | {name: number}]}
        for name in ("interval_seconds", "timeout_seconds", "spacing_seconds")
        for number in UNUSABLE_SECONDS
    ),
    *({"checks": [LINK | {"probes": number}]} for number in (0, -1, 101, 10**9, 1.5)),
    *(
        {"checks": [LINK | {"ends": [{"end": "far", "tcp_ports": [443, port]}]}]}
        for port in (0, 65536)
    ),
    {"checks": [LINK] * (MAX_CHECKS + 1)},
    {"machine": "\ud800"},
    {"checks": {}},
]
UNUSABLE_BYTES = [
    *(
        encoded
        for name in (b"NaN", b"Infinity", b"-Infinity", b"1e999")
        for encoded in (
            json.dumps(GOOD).encode().replace(b"60.0", name),
            json.dumps(GOOD).encode().replace(b"0.2", name),
            json.dumps(GOOD).encode().replace(b'"probes": 10', b'"probes": ' + name),
        )
    ),
    b'{"v": 1, "agent": "pc-1-agent", "checks": ' + b"[" * 100_000,
    b"[" * 100_000,
    b"9" * 5000,
    b"\xff\xfe",
    b"",
]


def test_settings_with_usual_numbers_are_read():
    link = LinkSettings(target="xa-a/line", probes=10, spacing_seconds=0.2)

    assert decode(json.dumps(GOOD).encode()) == Settings(
        agent=AGENT, site="xa-a", machine="pc-1", checks=(link,)
    )


@pytest.mark.parametrize(
    "encoded", [*(json.dumps(GOOD | more).encode() for more in UNUSABLE), *UNUSABLE_BYTES]
)
def test_settings_that_nothing_can_be_run_with_are_refused_and_absent_on_disk(
    tmp_path: Path, encoded: bytes
):
    with pytest.raises(WireError) as refused:
        decode(encoded)
    assert refused.value.reason in {"bad_json", "bad_schema"}
    assert len(str(refused.value)) < 500

    (tmp_path / "settings.json").write_bytes(encoded)
    assert read_orders(tmp_path, AGENT) is None


@pytest.mark.parametrize("kind", [[], {}, None, 1, "telepathy"])
def test_checks_of_no_known_kind_are_left_out(kind: object):
    record = {"check": kind, "target": "pc-1"}

    assert decode(json.dumps(GOOD | {"checks": [record, 1]}).encode()).checks == ()


def test_the_limits_themselves_are_taken():
    settings = Settings(
        agent=AGENT,
        site="xa-a",
        machine="pc-1",
        report_interval_seconds=86400.0,
        checks=(
            MachineSettings(target="pc-1", interval_seconds=86400.0, timeout_seconds=1e-6),
            LinkSettings(target="xa-a/line", probes=100, spacing_seconds=1e-6),
        ),
    )

    assert decode(encode(settings)) == settings


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"alive_at": NaN, "clean_stop": true}',
        b'{"alive_at": 1e999, "clean_stop": true}',
        b'{"alive_at": ' + b"9" * 400 + b', "clean_stop": true}',
        b'{"alive_at": [], "clean_stop": true}',
        b'{"clean_stop": true}',
    ],
)
def test_an_unusable_sign_of_life_counts_as_absent(tmp_path: Path, left: bytes):
    (tmp_path / "alive.json").write_bytes(left)

    assert read_previous_run(tmp_path) is None
