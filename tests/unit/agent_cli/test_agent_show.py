"""`govnet-agent show`: exactly what was last sent, in Vietnamese."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.sending.last_sent import LastSent, write_last_sent
from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

Run = Callable[..., tuple[int, str, str]]


def sent() -> LastSent:
    samples = (
        Sample("govnet_machine_uptime_seconds", 12.5),
        Sample("govnet_machine_disk_free_bytes", 1024, {"disk": "C:"}),
        Sample("govnet_of_the_future", 1),
    )
    facts = {
        "name": "sw-xa-a",
        "neighbour.00": "GE1|core|GE24|001122334455|198.18.7.1|BR|",
        "stations.000": "GE2|xa-a/pc-1,198.18.7.10|0011223344bb",
        "stations.more": "3",
        "of.the.future": "x",
    }
    results = (
        Result("machine", "pc-1", 0.012, 3.5, None, samples),
        Result("facts", "pc-1", 0.5, 3.5, None, (), {"os.name": "Windows 11 Pro"}),
        Result("device", "xa-a/sw1", 0.5, 3.5, None, (), facts),
        Result("link", "xa-a/tslcd", 2.0, 1.0, "không có quyền", ()),
    )
    report = Report(7, 1_790_000_000.0, 4999.0, "boot-1", 60.0, "0011223344556677", results)
    clock = Clock(1_790_000_000.5, 5000.25, "boot-1")
    batch = encode_batch(
        "a",
        "00112233aabbccdd",
        clock,
        [encode_report(report)],
        hardware={"board": "0a1b2c3d", "of_the_future": "4e5f6071"},
    )
    return LastSent(1_790_000_000.5, "https://198.18.0.10:8443", batch.body)


def test_a_damaged_file_of_what_was_sent_is_no_traceback(run: Run, config: Path):
    (config.parent / "state" / "last-sent").write_bytes(b"[" * 200_000)

    status, _, err = run("show", "--config", str(config))

    assert status == 2
    assert "last-sent: cannot be read" in err


def test_show_tells_in_vietnamese_everything_that_was_sent(run: Run, config: Path):
    write_last_sent(config.parent / "state", sent())

    status, out, _ = run("show", "--config", str(config))

    assert status == 0
    assert "tới https://198.18.0.10:8443" in out
    assert "Thời gian từ khi máy khởi động [govnet_machine_uptime_seconds] = 12,5" in out
    assert "Dung lượng trống trên ổ đĩa [govnet_machine_disk_free_bytes] (disk: C:) = 1024" in out
    assert "không đo được: không có quyền" in out
    assert "bo mạch chủ 0a1b2c3d, of_the_future 4e5f6071" in out
    assert "govnet_of_the_future [govnet_of_the_future] = 1" in out
    assert "os.name: Windows 11 Pro" in out
    assert "tên thiết bị tự khai [name]: sw-xa-a" in out
    assert "địa chỉ) [stations.000]: GE2|xa-a/pc-1,198.18.7.10|0011223344bb" in out
    assert "số máy không đủ chỗ kể [stations.more]: 3" in out
    assert "    [of.the.future]: x" in out
    plain = json.loads(gzip.decompress(sent().body))
    for value in leaves(plain):
        if not isinstance(value, float) and value != plain["batch"]:
            assert str(value) in out


def leaves(plain: object) -> Iterator[object]:
    """Yield every value inside decoded JSON, without null."""
    if isinstance(plain, dict):
        for value in plain.values():
            yield from leaves(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from leaves(value)
    elif plain is not None:
        yield plain


def test_show_json_is_the_body_that_was_sent(run: Run, config: Path):
    write_last_sent(config.parent / "state", kept := sent())

    status, out, _ = run("show", "--json", "--config", str(config))

    assert status == 0
    assert json.loads(out) == kept.decoded()


def test_show_says_when_nothing_was_sent(run: Run, config: Path):
    assert run("show", "--config", str(config)) == (0, "Máy này chưa gửi gì.\n", "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        b"[1]\n",
        b'{"sent_at": 1, "x": 2}\nbody',
        b'{"sent_at": 1, "collector": "c"}\nbody',
        b'{"sent_at": 1, "collector": "c"}\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab',
        b'{"sent_at": 1, "collector": "c"}\n',
    ],
)
def test_show_of_a_damaged_file_is_a_plain_message(run: Run, config: Path, content: bytes):
    (config.parent / "state" / "last-sent").write_bytes(content)

    status, out, err = run("show", "--config", str(config))

    assert (status, out) == (2, "")
    assert "last-sent: cannot be read" in err
