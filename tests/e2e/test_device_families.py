"""Every folder of tests/families is one device: recorded answers, asked over the network.

One real snmpsim serves all recordings; the real check asks it with the real SNMP engine.

- `source`: one line, a recording of the PyPI package snmpsim-data (`network/switch/cisco-c3560`),
  or `GOVNET_SNMPREC/NAME`: a recording that is not ours to hand on, in the folder that the
  environment variable names. Without the variable those cases do not exist
- or `walk.snmprec`: a small walk of our own
- `settings.json`: fields of DeviceSettings besides target, address and snmp; optional. With
  `"check": "conference"` those of ConferenceSettings: the device is a conference endpoint
- `expected.prom`: the samples, sorted, without the round-trip time. Worked out from the recording
  by hand where a unit or a sentinel is concerned: `notes.md` says how
"""

import bz2
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from agent.checks.contract import Context
from agent.checks.table import load
from agent.cli import main
from agent.clock import SystemClock
from agent.devices.asking import OBJECT_ID, UPTIME, plan
from agent.devices.load import profiles
from agent.devices.values import is_of_a_maker
from agent.probe import snmp
from agent.probe.outcome import Outcome
from govnet.catalogue import CATALOGUE
from govnet.report import MAX_FACTS, Fact, Sample
from govnet.settings import CheckSettings, Secret, SnmpAccess, decode
from govnet.surroundings import MAX_STATIONS, unpack

pytestmark = pytest.mark.e2e

FAMILIES = Path(__file__).parents[1] / "families"
ELSEWHERE = "GOVNET_SNMPREC"
TIMEOUT_SECONDS = 30.0
NOT_FIXED = ("govnet_device_rtt_seconds", "govnet_point_rtt_seconds")
READY = "a-device-that-is-there"


def recording(folder: Path) -> Path | None:
    """Return the file that a case's device answers from, None where it is not to be had."""
    own = folder / "walk.snmprec"
    if own.exists():
        return own
    name = (folder / "source").read_text("utf-8").strip()
    first, _, rest = name.partition("/")
    if first == ELSEWHERE:
        given = os.environ.get(ELSEWHERE)
        return Path(given) / f"{rest}.snmprec" if given else None
    plain = Path(str(files("snmpsim_data"))) / "data" / f"{name}.snmprec"
    return plain if plain.exists() else plain.with_name(f"{plain.name}.bz2")


CASES = {
    folder.name: path
    for folder in sorted(FAMILIES.iterdir())
    if (path := recording(folder)) is not None
}


@cache
def tables() -> frozenset[str]:
    """Return what any profile reads, a table's whole row for each of its columns."""
    columns = {
        each.column
        for profile in profiles().values()
        for group in plan(profile).groups
        for each in group
    }
    scalars = {
        oid
        for profile in profiles().values()
        for oid in (*plan(profile).slow_scalars, *plan(profile).fast_scalars, OBJECT_ID)
    }
    return frozenset(column.rpartition(".")[0] for column in columns) | {
        scalar.removesuffix(".0").rpartition(".")[0] for scalar in scalars
    }


def trimmed(recorded: Iterable[bytes]) -> Iterator[bytes]:
    """Leave of a recording what profiles read, and after each table the one value behind it.

    A walk must find its end there as on the device; the other 600,000 values of a large switch
    would take half a minute to be indexed.
    """
    was_kept = False
    for row in recorded:
        pieces = row.partition(b"|")[0].decode().split(".")
        keep = any(".".join(pieces[:size]) in tables() for size in range(6, len(pieces)))
        if keep or was_kept:
            yield row
        was_kept = keep


def put(source: Path, target: Path) -> None:
    """Put a recording where snmpsim finds it; what is unchanged keeps its index."""
    stamp = f"{source.stat().st_mtime} {zlib.crc32(repr(sorted(tables())).encode())}"
    note = target.with_suffix(".stamp")
    if target.exists() and note.exists() and note.read_text() == stamp:
        return
    with source.open("rb") as plain, target.open("wb") as copied:
        copied.writelines(trimmed(bz2.BZ2File(plain) if source.suffix == ".bz2" else plain))
    note.write_text(stamp)


@pytest.fixture(scope="module")
def simulator(
    pytestconfig: pytest.Config,
    free_port: Callable[[], int],
    start_program: Callable[..., None],
) -> int:
    """Start one snmpsim for all devices and return its port; the community names the device."""
    data, index = (pytestconfig.cache.mkdir(f"snmpsim-{name}") for name in ("data", "index"))
    for left in data.iterdir():
        if left.stem not in (*CASES, READY):
            left.unlink()
    for name, source in CASES.items():
        put(source, data / f"{name}.snmprec")
    (data / f"{READY}.snmprec").write_text(f"{UPTIME}|67|1\n")
    port = free_port()
    start_program(
        [
            str(Path(sys.executable).with_name("snmpsim-command-responder")),
            *("--data-dir", str(data), "--cache-dir", str(index)),
            *("--process-user=root", "--process-group=root", "--logging-method=null"),
            f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        ],
        lambda: answers(port),
    )
    return port


def answers(port: int) -> bool:
    found = snmp.get(
        "127.0.0.1", ("1.3.6.1.2.1.1.3.0",), access=access(READY, port), timeout_seconds=1
    )
    return found.outcome is Outcome.ANSWERED


def access(community: str, port: int) -> SnmpAccess:
    return SnmpAccess(community=Secret(community), port=port)


def settings(name: str, port: int) -> CheckSettings:
    path = FAMILIES / name / "settings.json"
    plain = {
        "check": "device",
        "target": f"xa-don-duong/{name}",
        "address": "127.0.0.1",
        "snmp": {"community": name, "port": port},
        **(json.loads(path.read_text("utf-8")) if path.exists() else {}),
    }
    whole = {"v": 1, "agent": "a", "site": "s", "machine": "m", "checks": [plain]}
    (found,) = decode(json.dumps(whole).encode()).checks
    return found


def line(sample: Sample) -> str:
    labels = ",".join(f'{key}="{value}"' for key, value in (sample.labels or {}).items())
    return f"{sample.name}{f'{{{labels}}}' if labels else ''} {sample.value:.15g}\n"


def run(name: str, port: int) -> tuple[str, dict[str, str]]:
    """Return what the check says about the device: samples as sorted lines, and facts."""
    clock = SystemClock()
    context = Context(
        timeout_seconds=TIMEOUT_SECONDS, deadline=clock.monotonic() + TIMEOUT_SECONDS, clock=clock
    )
    asked = settings(name, port)
    given = list(load(asked.check).run(asked, context))
    samples = [each for each in given if isinstance(each, Sample)]
    facts = {each.key: each.text for each in given if isinstance(each, Fact)}
    for sample in samples:
        assert tuple(sample.labels or {}) == CATALOGUE[sample.name].sample_labels
    lines = (line(each) for each in samples if each.name not in NOT_FIXED)
    return "".join(sorted(lines)), facts


@pytest.mark.parametrize("name", CASES)
def test_device_says_what_its_recording_holds(
    name: str, simulator: int, request: pytest.FixtureRequest
):
    found, facts = run(name, simulator)
    file = FAMILIES / name / "expected.prom"
    if request.config.getoption("--update-golden"):
        file.write_text(found, encoding="utf-8")

    assert file.read_text("utf-8") == found
    # What is remembered in between gives the same as asking everything.
    assert run(name, simulator) == (found, facts)


@pytest.mark.parametrize(
    ("name", "neighbours", "stations"),
    [
        ("arista-7150s", 2, 34),
        ("huawei-s5720", 0, 52),
        ("cisco-c3750", 0, 24),
        ("bdcom-s5612", 0, 691),
        ("cts-media-converter", 0, 0),
    ],
)
def test_whom_a_recorded_device_sees_is_told(
    name: str, neighbours: int, stations: int, simulator: int
):
    """Counted only: the hardware addresses are those of somebody's network."""
    _, facts = run(name, simulator)
    around = unpack(facts)

    assert len(around.neighbours) == neighbours
    assert len(around.stations) == min(stations, MAX_STATIONS)
    assert len(around.stations) + around.more_stations == stations
    assert all(is_of_a_maker(station.mac) for station in around.stations)
    assert len(facts) <= MAX_FACTS


def test_a_recording_made_by_the_doctor_holds_what_the_device_answered(
    simulator: int, tmp_path: Path, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
):
    name = "generic-cisco-c3560"
    community, file = tmp_path / "community", tmp_path / "device.snmprec"
    community.write_text(name)
    status = main(
        [
            *("snmp-doctor", "127.0.0.1", "--port", str(simulator)),
            *("--community-file", str(community), "--record", str(file)),
        ]
    )
    played = pytestconfig.cache.mkdir("snmpsim-data") / f"{name}.snmprec"

    assert (status, "") == (0, capsys.readouterr().err)
    # What lies behind the last table that profiles read is not asked for.
    assert set(oids(file)) <= set(oids(played))
    assert len(oids(played)) - len(oids(file)) < 10


def oids(recorded: Path) -> list[str]:
    return [row.partition("|")[0] for row in recorded.read_text("utf-8").splitlines()]
