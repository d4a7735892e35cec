import io
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.cli import main
from collector.history.export import Wanted, export, seconds_text
from collector.series.labels import Targets
from inventory.model import Inventory

Rig = Any


async def _take(rig: Rig, batches: list[tuple[bytes, float]]) -> None:
    for body, at in batches:
        await rig.take(body, received_at=at)
    await rig.inbox.flush()


@pytest.fixture
def rig(ingest_rig: Callable[[], Rig]) -> Rig:
    """Return an ingest that took 20 reports, the newest first."""
    import asyncio  # noqa: PLC0415

    rig = ingest_rig()
    first = rig.batch([rig.report(20, value=20.0)]).body
    rest = rig.batch([rig.report(seq, value=float(seq)) for seq in range(1, 20)]).body
    asyncio.run(_take(rig, [(first, 1_790_000_000.123), (rest, 1_790_000_000.123)]))
    return rig


def _text(rig: Rig, wanted: Wanted, tmp_path: Path) -> str:
    out = io.StringIO()
    export(rig.journal.directory, wanted, tmp_path, out, lambda _: None)
    return out.getvalue()


def test_export_is_sorted_by_series_and_time_under_the_series_of_metrics(
    rig: Rig, small_province: Inventory, tmp_path: Path
):
    text = _text(rig, Wanted(Targets(small_province), 0.0, 1e10), tmp_path)

    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert families == [
        "govnet_check_age_seconds",
        "govnet_check_duration_seconds",
        "govnet_check_success",
        "govnet_machine_uptime_seconds",
    ]
    uptime = [line for line in lines if line.startswith("govnet_machine_uptime_seconds{")]
    assert [float(line.split()[1]) for line in uptime] == [float(seq) for seq in range(1, 21)]
    # Made `seq` seconds after the boot; sent 100 s after it.
    assert float(uptime[-1].split()[2]) == pytest.approx(1_790_000_000.123 - 80, abs=2e-4)
    assert uptime[0].startswith(
        'govnet_machine_uptime_seconds{job="govnet",machine="xa-a/pc-1",site="xa-a"} '
    )


def test_only_the_span_and_the_site_are_exported(
    rig: Rig, small_province: Inventory, tmp_path: Path
):
    targets = Targets(small_province)
    since = 1_790_000_000.123 - 100 + 5
    part = _text(rig, Wanted(targets, since - 0.0005, since + 10 - 0.0005), tmp_path)
    none = _text(rig, Wanted(targets, 0.0, 1e10, "xa-b"), tmp_path)

    uptime = [line for line in part.splitlines() if line.startswith("govnet_machine_uptime")]
    assert [float(line.split()[1]) for line in uptime] == [float(seq) for seq in range(5, 15)]
    assert none == "# EOF\n"


@given(at_ms=st.integers(0, 4_000_000_000_000))
def test_a_time_is_read_back_to_the_millisecond_also_by_who_cuts(at_ms: int):
    assert int(float(seconds_text(at_ms)) * 1000) == at_ms
    assert round(float(seconds_text(at_ms)) * 1000) == at_ms


@pytest.mark.e2e
def test_the_real_promtool_makes_blocks_that_hold_every_sample(
    rig: Rig, small_province: Inventory, tmp_path: Path
):
    file, blocks = tmp_path / "history.om", tmp_path / "blocks"
    file.write_text(_text(rig, Wanted(Targets(small_province), 0.0, 1e10), tmp_path))
    made = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(blocks)]
    done = subprocess.run(made, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    (blocks / "wal").mkdir()  # `dump` expects a whole database.
    dumped = subprocess.run(
        ["promtool", "tsdb", "dump", str(blocks)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    found = [line for line in dumped.splitlines() if 'name__="govnet_machine_uptime' in line]
    millis = [1_790_000_000_123 - 100_000 + 1000 * seq for seq in range(1, 21)]
    assert [int(line.split()[-1]) for line in found] == millis
    assert [float(line.split()[-2]) for line in found] == [float(seq) for seq in range(1, 21)]
    assert len(dumped.splitlines()) == 4 * 20


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--from", "bald", "--to", "2026-10-02"], "--from: expected a time like"),
        (["--from", "2026-10-02", "--to", "2026-10-01"], "--to: expected later than --from"),
        (
            ["--from", "2026-10-01", "--to", "2026-10-02", "--site", "xa-z"],
            "--site: 'xa-z': not in the inventory",
        ),
    ],
)
def test_a_wrong_span_or_site_is_told(
    options: list[str],
    problem: str,
    tmp_path: Path,
    small_inventory_file: Path,
    capsys: pytest.CaptureFixture[str],
):
    (tmp_path / "operator-token").write_text("x" * 64)
    where = ["--inventory", str(small_inventory_file), "--data", str(tmp_path)]

    assert main(["history", "export", *where, *options, str(tmp_path / "out")]) == 2
    assert problem in capsys.readouterr().err


def test_the_command_writes_the_file_and_says_how_much(
    tmp_path: Path, small_inventory_file: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "operator-token").write_text("x" * 64)
    where = ["--inventory", str(small_inventory_file), "--data", str(tmp_path)]
    span = ["--from", "2026-10-01T00:00", "--to", "2026-10-02T00:00+07:00"]

    assert main(["history", "export", *where, *span, str(tmp_path / "out.om")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / 'out.om'}: 0 samples of 0 series",
        "nothing of that span is in the inbox; times without an offset are Asia/Ho_Chi_Minh's",
    ]
    assert (tmp_path / "out.om").read_text() == "# EOF\n"
