"""The Windows parts, against a made-up DLL, registry and programs."""

import ctypes
import socket
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Self

import pytest

from agent.probe import (
    icmp,
    icmp_tcp,
    icmp_windows,
    network_windows,
    platform_windows,
    registry,
    udp,
)
from agent.probe.icmp import Method
from agent.probe.icmp_windows import EchoReply4, EchoReply6
from agent.probe.network_records import Gateway, Interface, Lease, Neighbour
from agent.probe.outcome import Outcome, PeerError
from agent.probe.program import Finished
from agent.probe.system_records import OperatingSystem, Power
from govnet.errors import CheckError


class Function:
    """A DLL's function: callable, and it takes a `restype`."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self.restype: Any = None

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)


class Library:
    """iphlpapi.dll on a network of our own: `answers` gives status and router of each request."""

    def __init__(self, answers: Sequence[tuple[int, str] | None], handle: int = 7) -> None:
        self._answers = iter(answers)
        self.ttls: list[int] = []
        self.timeouts_ms: list[int] = []
        self.targets: list[str] = []
        self.closed = 0
        self.IcmpCreateFile = Function(lambda: handle)
        self.Icmp6CreateFile = Function(lambda: handle)
        self.IcmpSendEcho2 = Function(self._send4)
        self.Icmp6SendEcho2 = Function(self._send6)
        self.IcmpCloseHandle = Function(self._close)

    def _close(self, handle: Any) -> int:
        assert handle.value == 7
        self.closed += 1
        return 1

    def _note(self, options: Any, timeout: Any) -> None:
        self.ttls.append(options._obj.ttl)
        self.timeouts_ms.append(timeout.value)

    def _send4(self, *arguments: Any) -> int:
        _, _, _, _, address, data, size, options, buffer, room, timeout = arguments
        self.targets.append(socket.inet_ntoa(int(address.value).to_bytes(4, "little")))
        self._note(options, timeout)
        assert size.value == len(data)
        assert room.value >= ctypes.sizeof(EchoReply4) + size.value + 8
        answer = next(self._answers)
        if answer is None:
            return 0
        reply = EchoReply4.from_buffer(buffer)
        reply.status = answer[0]
        reply.address[:] = socket.inet_aton(answer[1])
        return 1

    def _send6(self, *arguments: Any) -> int:
        _, _, _, _, source, target, _, _, options, buffer, _, timeout = arguments
        assert bytes(source) == b"\x17" + bytes(27)
        self.targets.append(socket.inet_ntop(socket.AF_INET6, bytes(target)[8:24]))
        self._note(options, timeout)
        answer = next(self._answers)
        if answer is None:
            return 0
        reply = EchoReply6.from_buffer(buffer)
        reply.status = answer[0]
        reply.address.address[:] = socket.inet_pton(socket.AF_INET6, answer[1])
        return 1


def test_structures_have_the_layout_of_the_64_bit_system() -> None:
    assert ctypes.sizeof(EchoReply4) == 40
    assert (EchoReply4.status.offset, EchoReply4.data.offset) == (4, 16)
    assert EchoReply6.status.offset == 28
    assert ctypes.sizeof(EchoReply6) == 36


@pytest.mark.parametrize(
    ("address", "other"), [("198.18.0.1", "198.18.0.9"), ("2001:db8::1", "::9")]
)
def test_only_success_is_an_answer(address: str, other: str) -> None:
    """Answered, timed out, "destination unreachable" from a router."""
    library = Library([(0, address), None, (11003, other)])

    train = icmp.ping(
        address,
        count=3,
        interval_seconds=0.001,
        timeout_seconds=0.02,
        methods=(Method.WINDOWS,),
        windows_library=lambda: library,
    )

    assert train.method is Method.WINDOWS
    assert [rtt is not None for rtt in train.rtts_seconds] == [True, False, False]
    assert library.targets == [address] * 3
    assert library.timeouts_ms == [20] * 3
    assert library.closed == 1


def test_blocking_calls_make_no_burst_afterwards() -> None:
    """A clock on which every lost probe takes its whole time-out."""
    now = [0.0]
    library = Library([None, None, (0, "198.18.0.1")])
    send = library.IcmpSendEcho2
    sent_at: list[float] = []

    def slow(*arguments: Any) -> int:
        sent_at.append(now[0])
        count = send(*arguments)
        now[0] += 0.01 if count else 1.0
        return int(count)

    library.IcmpSendEcho2 = Function(slow)
    port = icmp_windows.WindowsEcho(
        icmp.resolve("198.18.0.1", 0, timeout_seconds=1)[0],
        timeout_seconds=1,
        size_bytes=32,
        clock=lambda: now[0],
        library=library,
        sleep=lambda seconds: now.__setitem__(0, now[0] + seconds),
    )
    with port:
        train = icmp.run_train(
            port,
            count=3,
            interval_seconds=1.5,
            timeout_seconds=1,
            clock=lambda: now[0],
            trace=lambda _line: None,
        )

    assert sent_at == [0.0, 1.5, 3.0]
    assert train.rtts_seconds == (None, None, pytest.approx(0.01))


def test_missing_handle_is_no_means() -> None:
    with pytest.raises(CheckError, match="IcmpCreateFile failed"):
        icmp.ping(
            "198.18.0.1",
            count=1,
            interval_seconds=1,
            timeout_seconds=1,
            methods=(Method.WINDOWS,),
            windows_library=lambda: Library([], handle=ctypes.c_void_p(-1).value or 0),
        )


@pytest.mark.parametrize(
    ("answer", "address", "is_destination"),
    [
        ((11013, "198.18.0.9"), "198.18.0.9", False),
        ((0, "198.18.0.1"), "198.18.0.1", True),
        ((11010, "0.0.0.0"), None, False),
        (None, None, False),
    ],
)
def test_hop_is_who_says_that_the_ttl_ran_out(
    answer: tuple[int, str] | None,
    address: str | None,
    is_destination: bool,  # noqa: FBT001 - given by parametrize
) -> None:
    library = Library([answer])

    hop = icmp.first_hop_beyond(
        "198.18.0.1",
        timeout_seconds=1,
        methods=(Method.WINDOWS,),
        windows_library=lambda: library,
    )

    assert hop is not None
    assert (hop.address, hop.is_destination) == (address, is_destination)
    assert library.ttls == [2]


def test_reset_of_a_datagram_socket_is_a_refusal() -> None:
    """So Windows reports the ICMP message "port unreachable"."""

    class Socket:
        def recv(self, _size: int) -> bytes:
            raise ConnectionResetError(10054, "forcibly closed by the remote host")

    with pytest.raises(PeerError) as caught:
        udp.receive(Socket())  # type: ignore[arg-type]

    assert caught.value.outcome is Outcome.REFUSED


def test_train_by_tcp_waits_without_sockets() -> None:
    """A selector without sockets cannot wait on Windows."""
    waited: list[float] = []
    endpoint = icmp.resolve("127.0.0.1", 0, timeout_seconds=1)[0]
    with icmp_tcp.TcpEcho(endpoint, (9,), lambda: 0.0, waited.append) as port:
        assert port.receive(0.2) is None

    assert waited == [0.2]


class Registry:
    """winreg with HKEY_LOCAL_MACHINE as a dictionary of keys."""

    HKEY_LOCAL_MACHINE = "HKLM"

    def __init__(self, keys: dict[str, dict[str, Any]]) -> None:
        self._keys = keys

    class _Key:
        def __init__(self, path: str) -> None:
            self.path = path

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_arguments: object) -> None:
            return

    def OpenKey(self, hive: str, path: str) -> _Key:  # noqa: N802 - winreg's name
        assert hive == "HKLM"
        if not any(key == path or key.startswith(path + "\\") for key in self._keys):
            raise FileNotFoundError(2, path)
        return self._Key(path)

    def QueryValueEx(self, key: _Key, name: str) -> tuple[Any, int]:  # noqa: N802 - as above
        try:
            return self._keys[key.path][name], 1
        except KeyError as exc:
            raise FileNotFoundError(2, name) from exc

    def EnumKey(self, key: _Key, index: int) -> str:  # noqa: N802 - as above
        below = [path for path in self._keys if path.startswith(key.path + "\\")]
        try:
            return below[index].removeprefix(key.path + "\\")
        except IndexError as exc:
            raise OSError(259, "No more data is available") from exc


INTERFACES = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
OFFICE = Registry(
    {
        rf"{INTERFACES}\{{a}}": {
            "EnableDHCP": 1,
            "DhcpIPAddress": "198.18.4.20",
            "DhcpNameServer": "198.18.4.1 198.18.0.53",
            "NameServer": "",
            "LeaseTerminatesTime": 1_800_000_000,
        },
        rf"{INTERFACES}\{{b}}": {"EnableDHCP": 0, "NameServer": "198.18.0.53,198.18.0.54"},
        rf"{INTERFACES}\{{c}}": {
            "EnableDHCP": 1,
            "DhcpIPAddress": "0.0.0.0",
            "LeaseTerminatesTime": 1_700_000_000,
        },
    }
)


def test_resolvers_come_from_every_adapter_once() -> None:
    assert network_windows.resolvers(OFFICE) == ("198.18.4.1", "198.18.0.53", "198.18.0.54")


def test_leases_are_those_that_gave_an_address() -> None:
    assert network_windows.leases(OFFICE) == (Lease("{a}", 1_800_000_000.0),)


def test_empty_registry_is_no_error() -> None:
    assert network_windows.resolvers(Registry({})) == ()
    assert network_windows.leases(Registry({})) == ()


ROUTES4 = """\
===========================================================================
Danh sách giao diện
 12...00 1c 42 9f 10 20 ......Intel(R) Ethernet Connection
===========================================================================

IPv4 Bảng định tuyến
===========================================================================
Tuyến hoạt động:
Network Destination        Netmask          Gateway       Interface  Metric
          0.0.0.0          0.0.0.0      198.18.4.9     198.18.4.20     50
          0.0.0.0          0.0.0.0      198.18.4.1     198.18.4.20     25
        127.0.0.0        255.0.0.0         On-link         127.0.0.1    331
          0.0.0.0          0.0.0.0         On-link      198.18.5.20     30
===========================================================================
Persistent Routes:
  Network Address          Netmask  Gateway Address  Metric
          0.0.0.0          0.0.0.0       198.18.4.7       1
"""
ROUTES6 = """\
Active Routes:
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::1
  1    331 ::1/128                  On-link
 14    300 ::/0                     On-link
"""
ARP = """\

Giao diện: 198.18.4.20 --- 0xc
  Internet Address      Physical Address      Type
  198.18.4.1            00-1C-42-00-00-18     dynamic
  198.18.4.255          ff-ff-ff-ff-ff-ff     tĩnh
  224.0.0.22            01-00-5e-00-00-16     static
"""


def _programs(command: Sequence[str]) -> Finished:
    outputs = {
        ("route", "print", "-4"): ROUTES4,
        ("route", "print", "-6"): ROUTES6,
        ("arp", "-a"): ARP,
    }
    return Finished(outputs[tuple(command)], "", 0)


def test_gateways_are_read_in_any_language() -> None:
    assert network_windows.gateways(_programs) == (
        Gateway("198.18.4.1", "198.18.4.20", 25),
        Gateway("198.18.4.9", "198.18.4.20", 50),
        Gateway("fe80::1%12", "12", 281),
    )


def test_neighbours_are_hosts_only() -> None:
    assert network_windows.neighbours(_programs) == (
        Neighbour("198.18.4.1", "00:1c:42:00:00:18", "198.18.4.20", "unknown"),
    )


def test_failing_program_is_an_error() -> None:
    with pytest.raises(CheckError, match="arp -a ended with status 1"):
        network_windows.neighbours(lambda _command: Finished("", "", 1))


def _entry(family: int, address: str) -> SimpleNamespace:
    return SimpleNamespace(family=family, address=address)


def test_adapters_are_read_from_psutil() -> None:
    statistics = SimpleNamespace(
        net_if_addrs=lambda: {
            "Ethernet": [_entry(-1, "00-1C-42-9F-10-20"), _entry(2, "198.18.4.20")],
            "Loopback Pseudo-Interface 1": [_entry(2, "127.0.0.1")],
            "Wi-Fi": [_entry(-1, "00-1C-42-9F-10-21")],
        },
        net_if_stats=lambda: {
            "Ethernet": SimpleNamespace(isup=True, speed=1000),
            "Loopback Pseudo-Interface 1": SimpleNamespace(isup=True, speed=1073),
            "Wi-Fi": SimpleNamespace(isup=False, speed=0),
        },
    )

    assert network_windows.interfaces(statistics) == (
        Interface("Ethernet", True, True, 1_000_000_000, None, "00:1c:42:9f:10:20", True),
        Interface("Wi-Fi", False, None, None, None, "00:1c:42:9f:10:21", True),
    )


VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"


@pytest.mark.parametrize(
    ("build", "product", "expected"),
    [
        ("19045", "Windows 10 Pro", OperatingSystem("Windows 10 Pro 22H2", "19045.4529")),
        ("22631", "Windows 10 Pro", OperatingSystem("Windows 11 Pro 22H2", "22631.4529")),
    ],
)
def test_windows_tells_its_release_and_update(
    build: str, product: str, expected: OperatingSystem
) -> None:
    values = {
        "ProductName": product,
        "CurrentBuildNumber": build,
        "DisplayVersion": "22H2",
        "UBR": 4529,
    }

    assert platform_windows.operating_system(Registry({VERSION: values})) == expected


def test_unknown_windows_is_called_windows() -> None:
    assert platform_windows.operating_system(Registry({})) == OperatingSystem("Windows", "")


def test_reboot_is_pending_when_an_update_left_its_key() -> None:
    key = r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired"

    assert platform_windows.is_reboot_pending(Registry({key: {}})) is True
    assert platform_windows.is_reboot_pending(Registry({})) is False


def test_boot_id_counts_starts_or_falls_back_on_the_boot_time() -> None:
    key = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    clock = SimpleNamespace(boot_time=lambda: 1_800_000_017.3)

    assert platform_windows.boot_id(Registry({key: {"BootId": 91}}), clock) == "boot-91"
    assert platform_windows.boot_id(Registry({}), clock) == "boot-at-1800000000"


def test_power_comes_from_the_battery_where_there_is_one() -> None:
    laptop = SimpleNamespace(
        sensors_battery=lambda: SimpleNamespace(power_plugged=False, percent=40)
    )
    desktop = SimpleNamespace(sensors_battery=lambda: None)

    assert platform_windows.power(laptop) == Power(is_on_mains=False, battery_ratio=0.4)
    assert platform_windows.power(desktop) == Power(None, None)


def test_what_needs_windows_says_so_elsewhere() -> None:
    with pytest.raises(CheckError, match="on Windows only"):
        registry.load_registry()
    with pytest.raises(CheckError, match="on Windows only"):
        icmp_windows.load_library()
