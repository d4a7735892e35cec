"""The LAN and the machine as Windows tells them: made-up registry, made-up programs."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Self

import pytest

from agent.probe import icmp, udp
from agent.probe.icmp import by_tcp as icmp_tcp
from agent.probe.icmp import windows as icmp_windows
from agent.probe.network import windows as network_windows
from agent.probe.network.records import Gateway, Interface, Lease, Neighbour
from agent.probe.outcome import Outcome, PeerError
from agent.probe.program import Finished
from agent.probe.system import registry
from agent.probe.system import windows as platform_windows
from agent.probe.system.records import OperatingSystem, Power
from govnet.errors import CheckError


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


def test_boot_id_counts_starts_and_is_never_made_of_a_clock() -> None:
    key = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"

    assert platform_windows.boot_id(Registry({key: {"BootId": 91}})) == "boot-91"
    with pytest.raises(CheckError):
        platform_windows.boot_id(Registry({}))


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
