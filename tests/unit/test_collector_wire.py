import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from collector.wire import decode_batch, decode_report, encode_answer, seq_of
from govnet import report as wire
from govnet.errors import WireError
from govnet.report import Clock, Report, Result, Sample

GOLDEN = Path(__file__).parents[1] / "golden" / "wire" / "v1"
BATCH_ID = "00112233445566778899aabbccddeeff"

CLOCK = Clock(1_790_000_000.123, 5_000.5, "boot-1")
FULL = Report(
    seq=7,
    created_at=1_789_999_999.0,
    monotonic_seconds=4_999.25,
    boot_id="boot-1",
    interval_seconds=60.0,
    settings="0123456789abcdef",
    results=(
        Result(
            "link",
            "xa-don-duong/tslcd",
            2.125,
            0.5,
            None,
            (
                Sample("govnet_link_rtt_seconds", 0.0125, {"end": "far"}),
                Sample("govnet_link_loss_ratio", 0, {"end": "far"}),
                Sample("govnet_link_loss_ratio", float("nan"), {"end": "gateway"}),
            ),
        ),
        Result("machine", "xa-don-duong/pc-001", 0.01, 0.0, "không đọc được", ()),
    ),
)
SPARSE = Report(8, 1.5, 0.0, "", 1.0, "", ())
CASES = {"full": (FULL,), "sparse": (SPARSE,), "many": (FULL, SPARSE), "empty": ()}


def _plain(reports: tuple[Report, ...]) -> str:
    batch = wire.encode_batch(
        "0a1b2c3d", "0123456789abcdef", CLOCK, [wire.encode_report(report) for report in reports]
    )
    return gzip.decompress(batch.body).decode().replace(batch.id, BATCH_ID)


def _decoded(plain: bytes) -> str:
    batch = decode_batch(plain)
    reports = [decode_report(raw) for raw in batch.reports]
    defaults = {"hardware": {}, "boots": [], "carried": False}
    head = {
        name: value
        for name, value in msgspec.structs.asdict(batch).items()
        if name not in defaults or value != defaults[name]
    }
    readable = head | {"reports": msgspec.to_builtins(reports)}
    return json.dumps(readable, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_agent_writes_what_it_wrote_when_the_version_was_released(
    case: str, golden: Callable[[Path, str], None]
):
    golden(GOLDEN / f"{case}.json", _plain(CASES[case]))


@pytest.mark.parametrize("case", CASES)
def test_collector_reads_every_released_batch(case: str, golden: Callable[[Path, str], None]):
    plain = (GOLDEN / f"{case}.json").read_bytes()

    golden(GOLDEN / f"{case}.decoded.json", _decoded(plain))


def test_unknown_fields_of_a_newer_agent_are_ignored():
    plain = json.loads(_plain((FULL,)))
    plain["new"] = {"a": [1]}
    plain["reports"][0]["new"] = 1
    plain["reports"][0]["results"][0]["new"] = None

    assert _decoded(json.dumps(plain).encode()) == _decoded(_plain((FULL,)).encode())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b'{"v":1,"a":"\xff"}', "bad_schema"),
        (b"[" * wire.MAX_LISTS, "bad_schema"),
        (b"[" * (wire.MAX_LISTS + 1), "decompressed_too_large"),
        (b'{"a":' * 100_000, "bad_json"),
        (b"[]", "bad_schema"),
        (b'{"v":1}', "bad_schema"),
        (b'{"v":"1"}', "bad_schema"),
        (b'{"v":2}', "wrong_version"),
        (b'{"v":2,"anything":[]}', "wrong_version"),
    ],
)
def test_what_is_no_batch_is_refused_with_the_reason(body: bytes, reason: str):
    with pytest.raises(WireError) as caught:
        decode_batch(body)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        {"batch": "0" * 32 + "\n"},
        {"incarnation": "0" * 16 + "\n"},
        {"agent": "a\n"},
        {"sent_at": -1e308},
        {"sent_at": -1},
        {"sent_at": 1e11},
        {"sent_at": 1e308},
    ],
)
def test_a_batch_with_an_impossible_field_is_refused(change: dict[str, object]):
    with pytest.raises(WireError) as caught:
        decode_batch(json.dumps(json.loads(_plain((SPARSE,))) | change).encode())

    assert caught.value.reason == "bad_schema"


def test_more_reports_than_allowed_are_refused():
    with pytest.raises(WireError) as caught:
        decode_batch(_plain((SPARSE,) * (wire.MAX_REPORTS + 1)).encode())

    assert caught.value.reason == "too_many_reports"


_HEAD = (
    b'{"v":1,"batch":"' + b"0" * 32 + b'","agent":"a","incarnation":"' + b"0" * 16 + b'",'
    b'"sent_at":1,"sent_monotonic_seconds":1,"boot_id":"","reports":['
)
_RESULT = (
    b'{"seq":1,"created_at":1,"monotonic_seconds":1,"boot_id":"","interval_seconds":1,'
    b'"results":[{"check":"c","target":"t","duration_seconds":1,"samples":['
)


@pytest.mark.parametrize(
    "plain",
    [
        _HEAD + b"0," * 4_000_000 + b"0]}",
        _HEAD + _RESULT + b'["x",1],' * 900_000 + b'["x",1]]}]}]}',
        _HEAD + _RESULT + b'["x",1,{' + b'"a":"",' * 900_000 + b'"a":""}]]}]}]}',
        _HEAD + b"[]," * wire.MAX_LISTS + b"[]]}",
    ],
    ids=["numbers", "samples", "labels", "lists"],
)
def test_a_bomb_of_small_values_is_refused_before_it_is_decoded(plain: bytes):
    tracemalloc.start()
    with pytest.raises(WireError) as caught:
        decode_batch(plain)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.reason == "decompressed_too_large"
    assert peak < 100_000


def test_the_largest_report_fits_into_a_batch():
    sample = Sample("govnet_target_rtt_seconds", 0.0123, {"end": "far", "kind": "icmp"})
    results = tuple(
        Result("link", f"site-{n}/x", 1.5, 0, None, (sample,) * 30) for n in range(2000)
    )
    report = Report(1, 1.0, 1.0, "", 60.0, "", results)

    (raw,) = decode_batch(_plain((report,)).encode()).reports
    assert len(decode_report(raw).results) == 2000


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": 2**53},
        {"seq": "1"},
        {"interval_seconds": 0},
        {"results": {}},
        {"created_at": "yesterday"},
    ],
)
def test_a_report_with_an_impossible_field_is_bad(change: dict[str, object]):
    raw = msgspec.Raw(json.dumps(json.loads(wire.encode_report(SPARSE)) | change).encode())

    with pytest.raises(WireError) as caught:
        decode_report(raw)

    assert caught.value.reason == "bad_report"


def test_numbers_beyond_a_double_are_bad():
    raw = wire.encode_report(FULL).replace(b"0.0125", b"1e999")

    with pytest.raises(WireError):
        decode_report(msgspec.Raw(raw))


def test_a_report_with_too_many_samples_is_refused():
    many = Result("x", "y", 0, 0, None, (Sample("n", 1),) * (wire.MAX_SAMPLES + 1))
    raw = wire.encode_report(Report(1, 1.0, 1.0, "", 60.0, "", (many,)))

    with pytest.raises(WireError) as caught:
        decode_report(msgspec.Raw(raw))

    assert caught.value.reason == "too_many_samples"


def test_a_report_with_too_many_results_is_refused():
    empty = Result("x", "y", 0, 0, None, ())
    raw = wire.encode_report(Report(1, 1.0, 1.0, "", 60.0, "", (empty,) * (wire.MAX_RESULTS + 1)))

    with pytest.raises(WireError) as caught:
        decode_report(msgspec.Raw(raw))

    assert caught.value.reason == "too_many_results"


def test_seq_of_a_broken_report_is_found_if_it_is_there():
    assert seq_of(msgspec.Raw(b'{"seq": 5, "results": 1}')) == 5
    assert seq_of(msgspec.Raw(b'{"seq": -5}')) is None
    assert seq_of(msgspec.Raw(b'"x"')) is None


def test_agent_reads_the_answer():
    body = encode_answer(
        BATCH_ID,
        accepted=[1],
        duplicate=[2, 3],
        rejected={4: "bad_report"},
        time=5.0,
        settings="s",
        newest=9,
    )

    assert wire.decode_answer(body) == wire.Answer(
        BATCH_ID, (1,), (2, 3), {4: "bad_report"}, 5.0, "s", 9
    )
