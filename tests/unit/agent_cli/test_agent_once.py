"""`govnet-agent once`: one check now, with or without this machine's settings."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.onsite.prometheus_text import line
from govnet.settings import (
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

Run = Callable[..., tuple[int, str, str]]


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
