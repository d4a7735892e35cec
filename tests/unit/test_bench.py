import gzip
import random
from pathlib import Path

import pytest

from bench import inventory_load, render_cost
from bench.__main__ import main
from bench.agent_footprint import newest_report
from bench.figures import Comparison, Figure, markdown
from bench.reports import Sender, request, results
from bench.wire_size import compared, prometheus_text
from govnet.report import Clock, Report, encode_batch, encode_report
from inventory.load import load

SENDER = Sender("00000000000000aa", "xa-a/pc-1", "k1", b"k" * 32)


def rows(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.startswith("| ")]


def test_table_shows_ratio_and_whether_the_goal_is_reached() -> None:
    table = markdown(
        Comparison(
            "Title",
            "peer",
            (
                Figure("RSS", "MiB", 10.0, 20.0, most_ratio=0.6),
                Figure("CPU", "ms", 20.0, 10.0, most_ratio=1 / 40),
                Figure("load", "s", 1.5, most=2.0),
                Figure("reports", "", 12345.0),
            ),
            ("note",),
        )
    )

    assert rows(table)[1:] == [
        "| RSS | MiB | 10 | 20 | 0.50 | <= 0.6 | reached |",
        "| CPU | ms | 20 | 10 | 2.00 | <= 1/40 | **missed** |",
        "| load | s | 1.5 |  |  | <= 2 s | reached |",
        "| reports |  | 12,345 |  |  |  |  |",
    ]
    assert table.endswith("\n- note\n")


def test_a_ratio_far_below_one_is_shown_as_a_fraction() -> None:
    table = markdown(Comparison("Title", "peer", (Figure("CPU", "ms", 1.0, 62.0),)))

    assert "| 1/62 |" in table


def test_quick_run_measures_rendering_and_loading(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["render", "inventory", "--quick", "--rounds", "1"])

    out = capsys.readouterr().out
    assert status == 0
    assert any(line.startswith("| CPU per series | ns |") for line in rows(out))
    assert any(line.startswith("| PCs written out | s |") for line in rows(out))


def test_an_unknown_subject_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed"])

    assert "unknown subject: speed" in capsys.readouterr().err


def test_peer_of_the_rendering_says_the_same_samples() -> None:
    ours = render_cost.parsed(render_cost.our_text(3))

    assert ours == render_cost.parsed(render_cost.their_text(3))
    assert len(ours) == 3 * render_cost.SERIES


def test_written_out_inventory_has_machines_instead_of_counts(tmp_path: Path) -> None:
    shipped = load(inventory_load.SHIPPED)

    written = load(inventory_load.write_out(shipped, tmp_path, most=3))

    for site in shipped.sites.values():
        counted = sum(count.count for count in site.machine_counts)
        assert len(written.sites[site.id].machines) == len(site.machines) + min(3, counted)
        assert written.sites[site.id].machine_counts == ()


def test_load_request_is_a_batch_the_collector_can_read() -> None:
    head, _, body = request(SENDER, 7, 1_790_000_000.0, 80).partition(b"\r\n\r\n")

    assert f"Content-Length: {len(body)}".encode() in head
    assert gzip.decompress(body).count(b'["govnet_') == 80


def fixed_body() -> bytes:
    rng = random.Random(1)
    report = Report(
        seq=7,
        created_at=1_790_000_000.0,
        monotonic_seconds=5000.0,
        boot_id="0f0e0d0c-0b0a-0908-0706-050403020100",
        interval_seconds=60.0,
        settings="0" * 16,
        results=results("xa-don-duong/mot-cua", 60, rng),
    )
    clock = Clock(1_790_000_000.5, 5000.5, report.boot_id)
    return encode_batch("0123456789abcdef", "f" * 16, clock, [encode_report(report)]).body


def test_wire_size_of_a_fixed_report_of_60_samples() -> None:
    body = fixed_body()

    assert len(gzip.decompress(body)) == 4821
    # The random batch id moves it by a few bytes, another version of zlib by a few more.
    assert 1180 < len(body) < 1220


def test_wire_comparison_counts_exact_bytes() -> None:
    body = fixed_body()

    plain, packed, beside_head = compared(body).figures

    assert (plain.ours, packed.ours) == (len(gzip.decompress(body)), len(body))
    text = prometheus_text(newest_report(body), with_head=False)
    assert plain.peer == len(text)
    assert packed.peer == len(gzip.compress(text, 6, mtime=0))
    assert beside_head.peer is not None
    assert beside_head.peer > packed.peer
    assert text.count(b"\n") == 60
