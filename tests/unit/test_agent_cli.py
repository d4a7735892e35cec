"""The command `govnet-agent`: its help, and what it says to the person in front of it."""

import contextlib
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.checks.table import CHECKS, load
from agent.cli import main
from agent.onsite.prometheus_text import line
from agent.sending.last_sent import LastSent, write_last_sent
from govnet.catalogue import CATALOGUE
from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report
from govnet.settings import (
    CHECK_SETTINGS,
    AlwaysOnSettings,
    ConferenceProtocol,
    ConferenceSettings,
    DeviceSettings,
    LinkSettings,
    PathSettings,
    Peer,
    ReflectorSettings,
    Secret,
    Settings,
    SnmpAccess,
    encode,
)

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "cli"
KEY = "5a" * 32

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "100")

    def run_main(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(list(arguments))
        except SystemExit as exc:
            status = int(exc.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run_main


@pytest.fixture(autouse=True)
def _no_agent_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these tests see no agent that is set up on the machine they run on."""
    monkeypatch.setattr("agent.onsite.once.DEFAULT_CONFIG", tmp_path / "no-agent.toml")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    path = tmp_path / "agent.toml"
    path.write_text(
        'collectors = ["http://127.0.0.1:8480"]\nstate_dir = "state"\n'
        f'[identity]\nagent = "a"\nkey_id = "k1"\nkey = "{KEY}"\n'
    )
    return path


# --- help and lists -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "enrol",
        "once",
        "show",
        "status",
        "export",
        "list-checks",
        "check-config",
        "snmp-doctor",
    ]
    + [f"once {name}" for name in CHECKS],
)
def test_help_is_as_recorded(run: Run, golden: Callable[[Path, str], None], command: str):
    status, out, _ = run(*command.split(), "--help")

    assert status == 0
    golden(GOLDEN / f"govnet-agent{'-' if command else ''}{command.replace(' ', '-')}.txt", out)


def test_the_table_has_exactly_the_checks_that_can_be_ordered():
    assert list(CHECKS) == [kind.check for kind in CHECK_SETTINGS]


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_carries_its_own_name_and_rows_of_the_catalogue(name: str):
    check = load(name)

    assert check.name == name
    assert check.metrics
    assert all(CATALOGUE[metric.name] is metric for metric in check.metrics)


def test_list_checks_names_every_check_and_metric(run: Run):
    status, out, _ = run("list-checks")

    assert status == 0
    assert [text for text in out.splitlines() if not text.startswith(" ")] == list(CHECKS)
    assert "  govnet_point_reachable  " in out


def test_a_mistake_on_the_command_line_ends_with_2(run: Run):
    assert run("onec")[0] == 2
    assert run()[0] == 2


# --- check-config ---------------------------------------------------------------------------------


def test_check_config_says_what_is_used_and_never_the_key(run: Run, config: Path):
    status, out, err = run("check-config", "--config", str(config))

    assert (status, err) == (0, "")
    assert "agent a, key k1" in out
    assert "collectors http://127.0.0.1:8480" in out
    assert KEY not in out


def test_check_config_prints_every_mistake_and_ends_with_2(run: Run, tmp_path: Path):
    path = tmp_path / "agent.toml"
    path.write_text('colectors = []\nstate_dir = "state"\n')

    status, out, err = run("check-config", "--config", str(path))

    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 3
    assert "Traceback" not in err


def test_check_config_looks_into_the_ca_file(run: Run, config: Path):
    (config.parent / "ca.pem").write_text("not a certificate")
    config.write_text('ca_file = "ca.pem"\n' + config.read_text())

    status, _, err = run("check-config", "--config", str(config))

    assert status == 2
    assert "ca.pem: expected the CA's certificate in PEM form" in err


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("state/file", "is a file"),
        ("state/file/below", "is a file"),
        ("/proc/self/fdinfo", "it cannot be written to"),
    ],
)
def test_check_config_refuses_a_state_dir_that_cannot_be_used(
    run: Run, config: Path, folder: str, found: str
):
    (config.parent / "state" / "file").touch()
    config.write_text(config.read_text().replace('"state"', f'"{folder}"'))

    status, out, err = run("check-config", "--config", str(config))

    assert (status, out) == (2, "")
    assert f"{config}: state_dir: expected a folder" in err
    assert found in err


def test_check_config_tells_whether_state_dir_is_there_and_makes_nothing(run: Run, config: Path):
    state = config.parent / "state"
    assert f"state in {state}, which is there\n" in run("check-config", "--config", str(config))[1]
    state.rmdir()

    assert f"state in {state}, made at" in run("check-config", "--config", str(config))[1]
    assert not state.exists()


@pytest.mark.parametrize("arguments", [("show", "--json"), ("list-checks",)])
def test_who_stops_reading_is_told_nothing(config: Path, arguments: tuple[str, ...]):
    write_last_sent(config.parent / "state", sent())
    more = ("--config", str(config)) if "show" in arguments else ()
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", *arguments, *more],
            stdout=writer,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("more", [(), ("--log-level", "error")])
def test_run_with_a_bad_file_ends_with_2(run: Run, tmp_path: Path, more: tuple[str, ...]):
    broken = tmp_path / "agent.toml"
    broken.write_text("collectors = 8")

    status, _, err = run("run", "--config", str(broken), *more)

    assert status == 2
    assert f"{broken}:1:1: collectors: expected" in err


def test_a_command_that_needs_an_enrolled_machine_says_so(run: Run, tmp_path: Path):
    status, _, err = run("show", "--config", str(tmp_path / "none.toml"))

    assert status == 2
    assert "enrol this machine first (govnet-agent enrol TOKEN)" in err
    assert "máy chưa ghi danh" in err


def test_run_does_not_take_an_option_for_its_file(run: Run):
    status, _, err = run("run", "--config", "--log-level")

    assert status == 2
    assert "argument --config: expected one argument" in err


# --- once -----------------------------------------------------------------------------------------


@pytest.fixture
def sip_phone() -> Iterator[int]:
    """Give the port of an endpoint on loopback that answers OPTIONS over UDP."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(20)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                datagram, sender = server.recvfrom(4096)
                if datagram == b"stop":
                    return
                head = datagram.decode().split("\r\n\r\n")[0].split("\r\n")
                echoed = [
                    text
                    for text in head
                    if text.split(":")[0].lower() in ("via", "from", "to", "call-id", "cseq")
                ]
                reply = ["SIP/2.0 200 OK", *echoed, "Content-Length: 0", "", ""]
                server.sendto("\r\n".join(reply).encode(), sender)

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
        waker.sendto(b"stop", server.getsockname())
    thread.join()
    server.close()


def test_once_asks_an_address_without_configuration_and_tells_all(run: Run, sip_phone: int):
    address = f"127.0.0.1:{sip_phone}"

    status, out, err = run(
        "once", "conference", "--target", address, "--protocol", f"sip_udp:{sip_phone}", "--debug"
    )

    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith('# settings: {"target": "127.0.0.1:')
    assert any(text.startswith("# ") and "sent OPTIONS" in text for text in lines)
    assert f'govnet_point_reachable{{point="{address}",protocol="sip_udp"}} 1' in out
    assert f'govnet_point_sip_status_code{{point="{address}",protocol="sip_udp"}} 200' in out
    assert f'govnet_check_success{{check="conference",target="{address}"}} 1\n' in out


def test_once_takes_the_cached_settings_of_an_inventory_id(run: Run, config: Path, sip_phone: int):
    record = ConferenceSettings(
        target="xa-a/hop",
        address="127.0.0.1",
        protocols=(ConferenceProtocol(name="sip_udp", port=sip_phone),),
    )
    settings = Settings(agent="a", site="xa-a", machine="pc-1", checks=(record,))
    (config.parent / "state" / "settings.json").write_bytes(encode(settings))

    by_id = run("once", "conference", "--target", "xa-a/hop", "--config", str(config))
    by_itself = run("once", "conference", "--config", str(config))

    expected = 'govnet_point_reachable{point="xa-a/hop",protocol="sip_udp"} 1'
    assert by_id[0] == by_itself[0] == 0
    assert expected in by_id[1]
    assert expected in by_itself[1]


def test_once_asks_a_device_also_where_this_machine_stands_by(
    run: Run, config: Path, closed_port: int
):
    record = DeviceSettings(
        target="xa-a/sw1",
        address="127.0.0.1",
        snmp=SnmpAccess(community=Secret("public"), port=closed_port),
        preceding=(Peer(id="xa-a/pc-1", address="127.0.0.1"),),
    )
    settings = Settings(agent="a", site="xa-a", machine="pc-2", checks=(record,))
    (config.parent / "state" / "settings.json").write_bytes(encode(settings))

    by_id = run("once", "device", "--config", str(config), "--timeout", "2")
    by_address = run("once", "device", "--target", "127.0.0.1", "--port", str(closed_port))

    for name, (status, out, _) in {"xa-a/sw1": by_id, "127.0.0.1": by_address}.items():
        assert status == 0
        assert f'govnet_device_reachable{{device="{name}",protocol="snmp"}} 0' in out


def test_once_tells_the_facts_of_this_machine_beside_the_samples(run: Run):
    status, out, _ = run("once", "facts")

    facts = dict(text[2:].split(": ", 1) for text in out.splitlines() if text.startswith("# "))
    assert status == 0
    assert facts["os.name"]
    assert f"govnet_facts_items {float(len(facts))}\n" in out


def test_once_measures_a_path_without_a_test_of_throughput(
    run: Run, config: Path, closed_port: int
):
    record = PathSettings(target="xa-a/tslcd", address="127.0.0.1", test_bytes_per_day=1_000_000)
    settings = Settings(agent="a", site="xa-a", machine="pc-1", checks=(record,))
    (config.parent / "state" / "settings.json").write_bytes(encode(settings))
    options = ("--packets", "2", "--port", str(closed_port), "--timeout", "3")

    by_id = run("once", "path", "--config", str(config), *options)
    by_address = run("once", "path", "--target", "127.0.0.1", "--debug", *options)

    assert (by_id[0], by_address[0]) == (0, 0)
    assert 'govnet_path_reachable{link="xa-a/tslcd"} 0' in by_id[1]
    assert "test_bytes" not in by_id[1]
    assert f'"port": {closed_port}, "packets": 2' in by_address[1].splitlines()[0]


def test_once_says_whether_the_reflector_may_listen(run: Run, config: Path, closed_port: int):
    record = ReflectorSettings(target="pc-1", port=closed_port, allow=("127.0.0.1/32",))
    settings = Settings(agent="a", site="xa-a", machine="pc-1", checks=(record,))
    (config.parent / "state" / "settings.json").write_bytes(encode(settings))

    forbidden = run("once", "reflector", "--config", str(config))
    with config.open("a") as file:
        file.write('[listen]\naddress = "127.0.0.1"\n')
    allowed = run("once", "reflector", "--config", str(config))

    assert forbidden[0] == 1
    assert "[listen]" in forbidden[2]
    assert allowed[0] == 0
    assert "govnet_reflector_listening 1" in allowed[1]


@pytest.mark.parametrize("check", ["registrar", "reflector", "trap"])
def test_once_runs_what_needs_settings_by_its_id_alone(run: Run, check: str):
    status, out, err = run("once", check, "--target", "198.18.0.9")

    assert (status, out) == (2, "")
    assert "expected an id, got '198.18.0.9'; this agent was given no ids of that check yet" in err


def test_once_asks_a_device_by_its_url(run: Run, closed_port: int):
    url = f"http://127.0.0.1:{closed_port}/so-lieu.txt"

    status, out, _ = run("once", "device", "--target", url, "--max-age-seconds", "900", "--debug")

    assert status == 0
    assert '"max_age_seconds": 900.0' in out.splitlines()[0]
    assert f'govnet_device_reachable{{device="{url}",protocol="http"}} 0' in out
    assert "snmp" not in out.replace('"snmp": null', "")


def test_once_prints_no_more_than_samples_unless_asked(run: Run):
    status, out, _ = run("once", "machine")

    assert status == 0
    assert all(text.startswith("govnet_") for text in out.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ("link",),
        ("conference",),
        ("link", "--target", "nosuch/x"),
        ("conference", "--target", "127.0.0.1:99999"),
        ("conference", "--target", "127.0.0.1", "--protocol", "fax"),
        ("service", "--timeout", "soon"),
    ],
)
def test_once_says_what_it_cannot_use(run: Run, arguments: tuple[str, ...]):
    status, out, err = run("once", *arguments)

    assert (status, out) == (2, "")
    assert "expected" in err or "invalid" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("check", ["link", "always_on"])
@pytest.mark.parametrize("target", ["127.0.0.300", "127.0.0.1:80", "no-such-host.invalid"])
def test_once_does_not_call_silent_what_has_no_address(run: Run, check: str, target: str):
    status, out, err = run("once", check, "--target", target)

    assert status == 1
    assert "reachable" not in out
    assert f'govnet_check_success{{check="{check}",target="{target}"}} 0\n' in out
    assert "expected an IP address, or a host name without port" in err


@pytest.mark.parametrize("check", ["link", "always_on", "conference"])
def test_once_refuses_an_unknown_id_and_lists_the_known_ones(run: Run, config: Path, check: str):
    records = (
        LinkSettings(target="xa-a/tslcd"),
        AlwaysOnSettings(target="xa-a/cpe"),
        ConferenceSettings(target="xa-a/hop"),
    )
    settings = Settings(agent="a", site="xa-a", machine="pc-1", checks=records)
    (config.parent / "state" / "settings.json").write_bytes(encode(settings))
    (known,) = (record.target for record in records if record.check == check)

    status, out, err = run("once", check, "--target", "nosuch/x", "--config", str(config))

    assert (status, out) == (2, "")
    assert err == (f"--target: expected an id or an address, got 'nosuch/x'; known ids: {known}\n")


def test_a_label_with_quotes_and_line_ends_stays_on_its_line():
    assert line("a", {"b": 'x"\\\n'}, 1.5) == 'a{b="x\\"\\\\\\n"} 1.5'


# --- show -----------------------------------------------------------------------------------------


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
