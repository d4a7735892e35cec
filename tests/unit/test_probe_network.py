"""The LAN and the machine as Linux tells them, read from a made-up root folder."""

import os
import socket
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.probe import network, program, system
from agent.probe.network import linux as network_linux
from agent.probe.network.dhcp import parse_dhclient
from agent.probe.network.records import Gateway, Interface, Lease, Neighbour
from agent.probe.program import Finished
from agent.probe.system import linux as platform_linux
from agent.probe.system.records import OperatingSystem, Power
from govnet.errors import CheckError


def _write(root: Path, **files: str) -> None:
    """Write files under `root`; in the names __ stands for a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _adapter(root: Path, name: str, **files: str) -> None:
    _write(root, **{f"sys__class__net__{name}__{key}": value for key, value in files.items()})


def _number(address: str) -> str:
    return f"{struct.unpack('=I', socket.inet_aton(address))[0]:08X}"


def test_adapters_tell_carrier_speed_and_changes(tmp_path: Path) -> None:
    _adapter(
        tmp_path,
        "enp3s0",
        type="1\n",
        flags="0x1003\n",
        carrier="1\n",
        speed="1000\n",
        carrier_changes="7\n",
        address="02:00:00:AA:00:01\n",
        device="",
    )
    _adapter(tmp_path, "lo", type="772\n", flags="0x9\n", carrier="1\n")
    _adapter(tmp_path, "virbr0", type="1\n", flags="0x1003\n", carrier="0\n", speed="-1\n")
    _adapter(tmp_path, "wlan0", type="1\n", flags="0x1002\n")

    assert network_linux.interfaces(tmp_path) == (
        Interface("enp3s0", True, True, 1_000_000_000, 7, "02:00:00:aa:00:01", True),
        Interface("virbr0", True, False, None, None, "", False),
        Interface("wlan0", False, None, None, None, "", False),
    )


def test_missing_system_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="sys/class/net: No such file"):
        network_linux.interfaces(tmp_path)


def test_gateways_are_the_default_routes_by_metric(tmp_path: Path) -> None:
    head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    rows = [
        f"wlan0 00000000 {_number('198.18.5.1')} 0003 0 0 600 00000000 0 0 0",
        f"eth0 00000000 {_number('198.18.4.1')} 0003 0 0 100 00000000 0 0 0",
        f"eth0 {_number('198.18.4.0')} 00000000 0001 0 0 100 {_number('255.255.255.0')} 0 0 0",
        "ppp0 00000000 00000000 0001 0 0 50 00000000 0 0 0",
        f"eth1 00000000 {_number('198.18.6.1')} 0002 0 0 1 00000000 0 0 0",
        "broken line",
    ]
    zero = "0" * 32
    rows6 = [
        f"{zero} 00 {zero} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003     eth0",
        f"{'fd' + '0' * 30} 40 {zero} 00 {zero} 00000100 00000001 00000000 00000001     eth0",
        f"{zero} 00 {zero} 00 {zero} ffffffff 00000001 00000000 00200200       lo",
        "short line",
    ]
    _write(
        tmp_path,
        proc__net__route=head + "\n".join(rows) + "\n",
        proc__net__ipv6_route="\n".join(rows6) + "\n",
    )

    assert network_linux.gateways(tmp_path) == (
        Gateway("198.18.4.1", "eth0", 100),
        Gateway("198.18.5.1", "wlan0", 600),
        Gateway("fe80::1%eth0", "eth0", 1024),
    )


def test_machine_without_routing_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="no routing table"):
        network_linux.gateways(tmp_path)


def test_neighbours_of_both_families_with_their_state() -> None:
    output = (
        "198.18.4.1 dev eth0 lladdr 02:00:00:AA:00:05 REACHABLE\n"
        "fe80::1 dev eth0 lladdr 02:00:00:aa:00:05 router STALE\n"
        "198.18.4.9 dev eth0  FAILED\n"
        "nonsense\n"
    )

    found = network_linux.neighbours(run=lambda _command: Finished(output, "", 0))

    assert found == (
        Neighbour("198.18.4.1", "02:00:00:aa:00:05", "eth0", "reachable"),
        Neighbour("fe80::1", "02:00:00:aa:00:05", "eth0", "stale"),
        Neighbour("198.18.4.9", "", "eth0", "failed"),
    )
    assert [neighbour.is_known for neighbour in found] == [True, True, False]


def test_neighbours_without_the_ip_program(tmp_path: Path) -> None:
    _write(
        tmp_path,
        proc__net__arp=(
            "IP address       HW type     Flags       HW address            Mask     Device\n"
            "198.18.4.1       0x1         0x2         02:00:00:aa:00:05     *        eth0\n"
            "198.18.4.9       0x1         0x0         00:00:00:00:00:00     *        eth0\n"
        ),
    )

    def missing(_command: Sequence[str]) -> Finished:
        raise CheckError("ip cannot be started")

    assert network_linux.neighbours(tmp_path, missing) == (
        Neighbour("198.18.4.1", "02:00:00:aa:00:05", "eth0", "unknown"),
        Neighbour("198.18.4.9", "", "eth0", "incomplete"),
    )
    with pytest.raises(CheckError, match="proc/net/arp"):
        network_linux.neighbours(tmp_path / "empty", missing)


def test_resolvers_are_those_behind_the_local_stub(tmp_path: Path) -> None:
    _write(tmp_path, etc__resolv0conf="")
    (tmp_path / "etc/resolv.conf").write_text("# nameserver 9.9.9.9\nnameserver 127.0.0.53\n")

    assert network_linux.resolvers(tmp_path) == ("127.0.0.53",)

    _write(tmp_path, run__systemd__resolve__x="")
    (tmp_path / "run/systemd/resolve/resolv.conf").write_text(
        "nameserver 198.18.0.53\nnameserver fe80::1%eth0\nnameserver 198.18.0.53\nsearch x\n"
    )

    assert network_linux.resolvers(tmp_path) == ("198.18.0.53", "fe80::1%eth0")


def test_machine_without_resolvers_has_none(tmp_path: Path) -> None:
    assert network_linux.resolvers(tmp_path) == ()


DHCLIENT = """\
lease {
  interface "eth0";
  fixed-address 198.18.4.20;
  option domain-name "a } b";
  expire 3 2026/11/25 10:00:00;
}
lease {
  interface "eth0";
  renew 4 2026/11/26 04:00:00;
  expire 4 2026/11/26 10:00:00;
}
lease {
  interface "eth1";
  expire epoch 1795600000; # Wed
}
lease {
  interface "eth2";
  expire never;
}
lease {
  interface "eth3";
  expire 4 2026/13/45 10:00:00;
}
"""


def test_last_lease_of_every_interface_counts() -> None:
    assert parse_dhclient(DHCLIENT) == {"eth0": 1_795_687_200.0, "eth1": 1_795_600_000.0}


def test_leases_of_all_clients_are_found(tmp_path: Path) -> None:
    for index, name in enumerate(("eth0", "eth1", "eth2"), start=1):
        _adapter(tmp_path, name, ifindex=f"{index}\n")
    _write(
        tmp_path,
        run__NetworkManager__devices__2=(
            "[device]\nmanaged=1\n\n[dhcp4]\ndhcp_lease_time=86400\nexpiry=1795600500\n"
        ),
        run__systemd__netif__leases__3="# systemd\nADDRESS=198.18.4.22\nLIFETIME=3600\n",
        run__systemd__netif__leases__99="LIFETIME=3600\n",
    )
    (tmp_path / "var/lib/dhcp").mkdir(parents=True)
    (tmp_path / "var/lib/dhcp/dhclient.eth0.leases").write_text(
        DHCLIENT.split("lease {")[1].join(("lease {", ""))
    )
    os.utime(tmp_path / "run/systemd/netif/leases/3", (1_795_000_000, 1_795_000_000))

    assert network_linux.leases(tmp_path) == (
        Lease("eth0", 1_795_600_800.0),
        Lease("eth1", 1_795_600_500.0),
        Lease("eth2", 1_795_003_600.0),
    )


def test_fixed_addresses_have_no_lease(tmp_path: Path) -> None:
    assert network_linux.leases(tmp_path) == ()


def test_this_machine_can_be_asked() -> None:
    assert all(entry.name != "lo" for entry in network.interfaces())
    assert isinstance(network.gateways(), tuple)
    assert isinstance(network.neighbours(), tuple)
    assert isinstance(network.resolvers(), tuple)
    assert isinstance(network.leases(), tuple)
    assert system.operating_system().build
    assert len(system.boot_id()) == 36
    assert system.boot_id() == system.boot_id()
    assert system.is_reboot_pending() in (True, False, None)
    assert isinstance(system.power(), Power)


def test_system_tells_its_name_and_kernel(tmp_path: Path) -> None:
    _write(tmp_path, proc__sys__kernel__osrelease="6.1.0-28-amd64\n")

    assert platform_linux.operating_system(tmp_path) == OperatingSystem("Linux", "6.1.0-28-amd64")

    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"\n')

    assert platform_linux.operating_system(tmp_path).name == "Debian GNU/Linux 12"


def test_reboot_is_pending_when_an_update_says_so(tmp_path: Path) -> None:
    assert platform_linux.is_reboot_pending(tmp_path) is None
    _write(tmp_path, etc__debian_version="12.8\n")
    assert platform_linux.is_reboot_pending(tmp_path) is False
    (tmp_path / "run").mkdir()
    (tmp_path / "run/reboot-required").touch()
    assert platform_linux.is_reboot_pending(tmp_path) is True


def test_unreadable_boot_id_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="boot_id cannot be read"):
        platform_linux.boot_id(tmp_path)


def _supply(root: Path, name: str, **files: str) -> None:
    _write(
        root, **{f"sys__class__power_supply__{name}__{key}": text for key, text in files.items()}
    )


def test_laptop_on_battery_says_so(tmp_path: Path) -> None:
    _supply(tmp_path, "AC", type="Mains\n", online="0\n")
    _supply(tmp_path, "BAT0", type="Battery\n", capacity="80\n", status="Discharging\n")
    _supply(tmp_path, "BAT1", type="Battery\n", capacity="101\n", status="Full\n")
    _supply(tmp_path, "mouse", type="Battery\n", scope="Device\n", capacity="5\n")

    assert platform_linux.power(tmp_path) == Power(is_on_mains=False, battery_ratio=0.9)


def test_battery_alone_tells_by_discharging(tmp_path: Path) -> None:
    _supply(tmp_path, "BAT0", type="Battery\n", capacity="80\n", status="Charging\n")

    assert platform_linux.power(tmp_path) == Power(is_on_mains=True, battery_ratio=0.8)


def test_machine_without_supplies_knows_nothing_of_power(tmp_path: Path) -> None:
    assert platform_linux.power(tmp_path) == Power(None, None)


def test_program_that_hangs_is_killed_in_time() -> None:
    with pytest.raises(CheckError, match=r"sleep did not end within 0\.1 s"):
        program.run_program(("sleep", "30"), timeout_seconds=0.1)


def test_program_answers_in_plain_english_and_ascii() -> None:
    finished = program.run_program(("sh", "-c", "printf '%s \\303\\251' \"$LC_ALL\"; exit 3"))

    assert finished == Finished("C \ufffd\ufffd", "", 3)
