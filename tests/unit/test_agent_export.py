"""A backlog leaves on a stick, signed as if it were posted, and nothing leaves the spool."""

import gc
import gzip
import json
import random
import resource
import zipfile
from pathlib import Path

import pytest

from agent.config import Config, Identity, Secret
from agent.onsite.export import export
from agent.sending.boots import Boots, keep_boots
from agent.spool.spool import Spool
from agent.transport.address import parse_collector
from govnet.errors import ConfigError
from govnet.report import MAX_BODY_BYTES, Purpose, Report, encode_report, verify
from govnet.stick import MANIFEST, StickError, StickReader

NOW = 1_790_000_000.0
KEY = b"k" * 32


class FixedClock:
    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 5000.0


@pytest.fixture
def config(tmp_path: Path) -> Config:
    identity = Identity("pc-1-agent", "k1", Secret(KEY))
    return Config((parse_collector("http://127.0.0.1:1"),), identity, None, tmp_path / "state")


def fill(config: Config, reports: list[bytes]) -> Spool:
    spool = Spool(config.state_dir / "spool", clock=lambda: NOW)
    for report in reports:
        spool.add(spool.next_seq(), report)
    return spool


def encoded(seq: int, boot_id: str = "boot-1") -> bytes:
    return encode_report(Report(seq, NOW, 10.0, boot_id, 60.0, "", ()))


def seqs_of(file: Path) -> list[list[int]]:
    reader = StickReader(file)
    found = [
        [report["seq"] for report in json.loads(gzip.decompress(body))["reports"]]
        for _, body in reader.bodies()
    ]
    reader.close()
    return found


def test_what_waits_is_written_while_the_agent_runs_and_goes_on_waiting(
    config: Config, tmp_path: Path
):
    spool = fill(config, [encoded(seq) for seq in range(1, 251)])
    spool.accept([2, 250])

    assert export(config, tmp_path / "stick.zip", FixedClock()) == 0

    assert [seq for seqs in seqs_of(tmp_path / "stick.zip") for seq in seqs] == [1, *range(3, 250)]
    assert max(map(len, seqs_of(tmp_path / "stick.zip"))) <= 100
    assert spool.waiting == 248
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state", "stick.zip"]
    spool.close()


@pytest.mark.parametrize("name", ["", ".", "/", "folder", "folder/file/x.zip", "no-folder/x.zip"])
def test_a_place_that_cannot_be_a_file_is_refused_and_nothing_is_left(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.chdir(tmp_path)
    fill(config, [encoded(1)]).close()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()

    with pytest.raises(ConfigError, match=r"expected a file|cannot be written"):
        export(config, Path(name), FixedClock())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "state"]
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["file"]


def test_a_stick_that_is_too_small_is_said_in_one_line_and_left_empty(
    config: Config, tmp_path: Path
):
    """Also where the zip is thrown away: pytest would report what nobody catches there."""
    fill(config, [encoded(seq) for seq in range(1, 2001)]).close()
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, former[1]))
    try:
        with pytest.raises(ConfigError, match="cannot be written: File too large"):
            export(config, tmp_path / "stick.zip", FixedClock())
        gc.collect()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)

    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_every_batch_is_signed_as_on_the_wire_and_says_that_it_was_carried(
    config: Config, tmp_path: Path
):
    config.state_dir.mkdir()
    boots = Boots()
    boots.learn("boot-1", 100.0, 0.02, NOW)
    keep_boots(config.state_dir, boots)
    fill(config, [encoded(1), encoded(2, "never learnt")]).close()
    export(config, tmp_path / "stick.zip", FixedClock())

    reader = StickReader(tmp_path / "stick.zip")
    ((packed, body),) = reader.bodies()
    reader.close()

    assert (reader.manifest.agent, reader.manifest.key) == ("pc-1-agent", "k1")
    assert packed.reports == 2
    assert verify(KEY, packed.signature, Purpose.BATCH, body)
    batch = json.loads(gzip.decompress(body))
    assert batch["carried"] is True
    assert batch["boots"] == [{"boot_id": "boot-1", "started_at": NOW - 100.01}]


def test_a_batch_that_is_too_large_as_sent_is_cut_in_two(config: Config, tmp_path: Path):
    noise = random.Random(1)
    # Random text hardly compresses: each fits alone, two together do not.
    reports = [
        b'{"seq": %d, "x": "%s"}' % (n, noise.randbytes(450_000).hex().encode()) for n in (1, 2)
    ]
    fill(config, reports).close()

    export(config, tmp_path / "stick.zip", FixedClock())

    reader = StickReader(tmp_path / "stick.zip")
    assert all(len(body) <= MAX_BODY_BYTES for _, body in reader.bodies())
    reader.close()
    assert seqs_of(tmp_path / "stick.zip") == [[1], [2]]


def test_a_stick_that_cannot_be_written_is_said_and_leaves_nothing(config: Config, tmp_path: Path):
    fill(config, [encoded(1)]).close()

    with pytest.raises(ConfigError) as caught:
        export(config, tmp_path / "no-such-folder" / "stick.zip", FixedClock())

    assert "cannot be written" in caught.value.problems[0]


# --- reading what anybody may have made -----------------------------------------------------------


def forged(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def manifest(*batches: object, **more: object) -> bytes:
    return json.dumps({"v": 1, "agent": "a", "key": "k", "batches": batches} | more).encode()


ONE = {"name": "b", "signature": "0" * 64, "reports": 1}


@pytest.mark.parametrize(
    ("entries", "compression", "why"),
    [
        ({"other": b""}, zipfile.ZIP_STORED, "manifest.json is missing"),
        ({MANIFEST: b"{"}, zipfile.ZIP_STORED, "not a list of batches"),
        ({MANIFEST: manifest(v=2)}, zipfile.ZIP_STORED, "expected version 1"),
        ({MANIFEST: manifest(agent="a\r\nX: y")}, zipfile.ZIP_STORED, "printable word"),
        ({MANIFEST: manifest(*[ONE] * 20_001)}, zipfile.ZIP_STORED, "over 20000 batches"),
        ({MANIFEST: manifest(ONE)}, zipfile.ZIP_STORED, "b is missing"),
        (
            {MANIFEST: manifest(ONE), "b": bytes(MAX_BODY_BYTES + 1)},
            zipfile.ZIP_STORED,
            "at most 1048576",
        ),
        ({MANIFEST: manifest(), "b": bytes(10**7)}, zipfile.ZIP_DEFLATED, "expected a stored file"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused_before_it_is_unfolded(
    tmp_path: Path, entries: dict[str, bytes], compression: int, why: str
):
    path = forged(tmp_path / "stick.zip", entries, compression)

    with pytest.raises(StickError) as caught:
        list(StickReader(path).bodies())

    assert why in str(caught.value)


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path):
    (tmp_path / "stick.zip").write_bytes(b"holiday pictures")

    with pytest.raises(StickError):
        StickReader(tmp_path / "stick.zip")
