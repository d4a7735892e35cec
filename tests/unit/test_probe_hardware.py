"""The machine's fingerprint: made-up /sys, made-up firmware tables and disk descriptors."""

import os
import struct
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.probe.hardware import fingerprint
from agent.probe.hardware import linux as hardware_linux
from agent.probe.hardware import windows as hardware_windows
from agent.probe.hardware.values import board_uuid, lowest_address, serial_number
from govnet.enrolment import component_digest

UUID = "4c4c4544-0047-3510-8052-b4c04f4d3132"


# --- what tells one machine from another ----------------------------------------------------------


def test_only_digests_of_what_could_be_read_leave_the_machine():
    found = fingerprint(lambda: {"board": UUID, "disk": "", "mac": "b4:2e:99:01:02:03"})

    assert found == {
        "board": component_digest("board", UUID),
        "mac": component_digest("mac", "b4:2e:99:01:02:03"),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f" {UUID.upper()}\n", UUID),
        ("00000000-0000-0000-0000-000000000000", ""),
        ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", ""),
        ("03000200-0400-0500-0006-000700080009", ""),
        ("00020003-0004-0005-0006-000700080009", ""),
        ("Not Settable", ""),
        (UUID.replace("-", ""), ""),
        ("", ""),
    ],
)
def test_a_board_without_a_uuid_of_its_own_has_none(text: str, expected: str):
    assert board_uuid(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  S4EVNX0M  12345 ", "S4EVNX0M 12345"),
        ("t10.ATA     ST1000DM003-1CH162       Z1D9ABCD", "t10.ATA ST1000DM003-1CH162 Z1D9ABCD"),
        ("0000000000", ""),
        ("To Be Filled By O.E.M.", ""),
        ("Default string", ""),
        ("None", ""),
        ("0123456789ABCDEF", ""),
        ("QM00001", ""),
        ("t10.ATA     QEMU HARDDISK       QM00003", ""),
        ("", ""),
    ],
)
def test_a_disk_without_a_number_of_its_own_has_none(text: str, expected: str):
    assert serial_number(text) == expected


def test_the_lowest_address_that_a_maker_gave_counts():
    macs = (
        "B4-2E-99-01-02-04",
        "b4:2e:99:01:02:03",
        "02:00:00:00:00:01",  # Locally administered.
        "01:00:5e:00:00:01",  # A group.
        "00:00:00:00:00:00",
        "00:50:56:c0:00:01",  # VMware's, on every PC that has it.
        "00:ff:11:22:33:44",
        "fe80::1",
        "",
    )

    assert lowest_address(macs) == "b4:2e:99:01:02:03"
    assert lowest_address(macs[2:]) == ""


# --- Linux ----------------------------------------------------------------------------------------


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a machine whose system lies encrypted on the second of two disks."""
    devices = tmp_path / "sys/devices"
    block = tmp_path / "sys/block"
    block.mkdir(parents=True)
    (tmp_path / "sys/dev/block").mkdir(parents=True)
    for name, serial in (("sda", "FIRST-0001"), ("nvme0n1", "SECOND-0002"), ("loop0", "")):
        folder = devices / name
        write(folder / "removable", "0")
        if serial:
            write(folder / "device/serial", serial + "  \n")
        (block / name).symlink_to(os.path.relpath(folder, block))
    write(devices / "nvme0n1/nvme0n1p3/partition", "3")
    write(devices / "dm-0/dm/name", "luks")
    (devices / "dm-0/slaves").mkdir()
    (devices / "dm-0/slaves/nvme0n1p3").symlink_to("../../nvme0n1/nvme0n1p3")
    (tmp_path / "sys/dev/block/253:0").symlink_to("../../devices/dm-0")
    write(
        tmp_path / "proc/self/mountinfo",
        "22 27 0:21 / /proc rw - proc proc rw\n27 1 253:0 / / rw - ext4 /dev/mapper/luks rw\n",
    )
    write(tmp_path / "sys/class/dmi/id/product_uuid", UUID.upper() + "\n")
    adapter(tmp_path, "eno1", "b4:2e:99:01:02:09")
    adapter(tmp_path, "eno2", "b4:2e:99:01:02:08")
    return tmp_path


def adapter(
    root: Path, name: str, mac: str, *, kind: str = "0", bus: str = "pci0000:00/0000:00:1f.6"
) -> None:
    folder = root / "sys/class/net" / name
    write(folder / "address", mac + "\n")
    write(folder / "addr_assign_type", kind + "\n")
    if bus:
        device = root / "sys/devices" / bus / name
        device.mkdir(parents=True)
        (folder / "device").symlink_to(device)


def test_linux_reads_board_root_disk_and_lowest_address(machine: Path):
    assert hardware_linux.components(machine) == {
        "board": UUID,
        "disk": "SECOND-0002",
        "mac": "b4:2e:99:01:02:08",
    }


def test_linux_takes_the_first_real_disk_where_the_root_has_none(machine: Path):
    write(machine / "proc/self/mountinfo", "27 1 0:44 / / rw - overlay overlay rw\n")
    write(machine / "sys/devices/nvme0n1/removable", "1")

    assert hardware_linux.components(machine)["disk"] == "FIRST-0001"


def test_linux_leaves_out_addresses_that_are_not_the_hardwares_own(machine: Path):
    adapter(machine, "docker0", "10:00:00:00:00:01", bus="")
    adapter(machine, "wlan0", "10:00:00:00:00:02", kind="3")
    adapter(machine, "dock", "10:00:00:00:00:03", bus="pci0000:00/usb1/1-2")
    adapter(machine, "slave", "10:00:00:00:00:04", kind="3")
    write(machine / "sys/class/net/slave/bonding_slave/perm_hwaddr", "b4:2e:99:01:02:07\n")

    assert hardware_linux.components(machine)["mac"] == "b4:2e:99:01:02:07"


def test_linux_takes_an_adapter_on_usb_where_there_is_no_other(tmp_path: Path):
    adapter(tmp_path, "dock", "10:00:00:00:00:03", bus="pci0000:00/usb1/1-2")

    assert hardware_linux.components(tmp_path)["mac"] == "10:00:00:00:00:03"


def test_what_linux_does_not_show_is_absent(tmp_path: Path):
    assert fingerprint(lambda: hardware_linux.components(tmp_path)) == {}


def test_disks_that_lie_on_each_other_in_a_circle_end(machine: Path):
    slaves = machine / "sys/devices/dm-0/slaves"
    (slaves / "nvme0n1p3").unlink()
    (slaves / "dm-0").symlink_to("../../dm-0")

    assert hardware_linux.components(machine)["disk"] == "SECOND-0002"


# --- Windows --------------------------------------------------------------------------------------


def smbios(*structures: bytes, version: tuple[int, int] = (3, 2)) -> bytes:
    data = b"".join(structures)
    return struct.pack("<BBBBI", 0, *version, 0, len(data)) + data


BIOS = struct.pack("<BBH", 0, 24, 0) + bytes(20) + b"American Megatrends\0F.12\0\0"
NO_STRINGS = struct.pack("<BBH", 9, 4, 7) + b"\0\0"
END = struct.pack("<BBH", 127, 4, 9) + b"\0\0"


def system(raw: bytes, size: int = 27) -> bytes:
    fields = (bytes(4) + raw + bytes(3))[: size - 4]
    return struct.pack("<BBH", 1, size, 1) + fields + b"Dell Inc.\0OptiPlex 3060\0\0"


def test_windows_reads_the_uuid_that_linux_shows():
    raw = uuid.UUID(UUID).bytes_le

    assert hardware_windows.smbios_uuid(smbios(BIOS, NO_STRINGS, system(raw), END)) == UUID


def test_before_smbios_2_6_the_uuid_is_in_network_order():
    raw = uuid.UUID(UUID).bytes

    assert hardware_windows.smbios_uuid(smbios(system(raw), version=(2, 5))) == UUID


@pytest.mark.parametrize(
    "table",
    [
        b"",
        b"\0" * 7,
        smbios(),
        smbios(BIOS, END),
        smbios(END, system(uuid.UUID(UUID).bytes_le)),
        smbios(system(uuid.UUID(UUID).bytes_le, size=8)),
        smbios(b"\x01\x1b\0\0short"),
        smbios(b"\x00\x00\x00\x00" * 9),
        smbios(b"\x00\x18\x00\x00" + b"x" * 40),
    ],
)
def test_a_firmware_table_without_a_system_has_no_uuid(table: bytes):
    assert hardware_windows.smbios_uuid(table) == ""


def descriptor(
    serial: bytes, *, removable: int = 0, bus: int = 11, offset: int | None = None
) -> bytes:
    """Make a STORAGE_DEVICE_DESCRIPTOR with vendor, product and serial number behind it."""
    texts = b"NVMe\0" + b"SAMSUNG MZVL2512\0"
    at = 36 + len(texts) if offset is None else offset
    head = struct.pack("<IIBBBB", 40, 0, 0, 0, removable, 1)
    return head + struct.pack("<IIIIII", 36, 41, 0, at, bus, 0) + texts + serial


def test_windows_reads_the_first_disks_number():
    assert hardware_windows.disk_serial(descriptor(b"  S64DNX0RA12345 \0")) == "S64DNX0RA12345"
    assert hardware_windows.disk_serial(descriptor(b"not ended")) == "not ended"


@pytest.mark.parametrize(
    "found",
    [
        b"",
        descriptor(b"S1\0")[:35],
        descriptor(b"S1\0", removable=1),
        descriptor(b"S1\0", bus=7),
        descriptor(b"S1\0", offset=0),
        descriptor(b"S1\0", offset=0xFFFFFFFF),
        descriptor(b"S1\0", offset=4),
    ],
)
def test_what_is_no_number_of_a_built_in_disk_is_none(found: bytes):
    assert hardware_windows.disk_serial(found) == ""


class Function:
    """A function of a library; ctypes sets `restype`."""

    def __init__(self, call: Callable[..., int]) -> None:
        self._call = call
        self.restype: Any = None

    def __call__(self, *arguments: Any) -> int:
        return self._call(*arguments)


class Kernel32:
    """kernel32.dll of a made-up PC; an empty table or descriptor is what it refuses to give."""

    def __init__(self, table: bytes, disk: bytes) -> None:
        self.closed = 0
        self.opened: list[tuple[str, int]] = []

        def firmware(_signature: Any, _table: Any, buffer: Any, size: Any) -> int:
            if buffer is not None and size.value >= len(table):
                buffer[: len(table)] = table
            return len(table)

        def create(name: Any, access: Any, *_rest: Any) -> int | None:
            self.opened.append((name.value, access.value))
            return 7 if disk else None

        def control(*given: Any) -> int:
            assert given[1].value == 0x2D1400
            given[4][: len(disk)] = disk
            given[6]._obj.value = len(disk)
            return 1

        def close(_handle: Any) -> int:
            self.closed += 1
            return 1

        self.GetSystemFirmwareTable = Function(firmware)
        self.CreateFileW = Function(create)  # type: ignore[arg-type]
        self.DeviceIoControl = Function(control)
        self.CloseHandle = Function(close)


def adapters(**macs: str) -> Any:
    """Return what psutil would say of these adapters."""
    return SimpleNamespace(
        net_if_stats=lambda: {name: SimpleNamespace(isup=True, speed=100) for name in macs},
        net_if_addrs=lambda: {
            name: [SimpleNamespace(family=-1, address=mac)] for name, mac in macs.items()
        },
    )


def test_windows_puts_it_together_and_opens_the_disk_without_any_access():
    library = Kernel32(smbios(system(uuid.UUID(UUID).bytes_le)), descriptor(b"S64DNX0RA12345\0"))
    psutil = adapters(
        Ethernet="B4-2E-99-01-02-03",
        **{"vEthernet (Default Switch)": "00-15-5D-00-00-01", "VMnet1": "00-50-56-C0-00-01"},
    )

    assert hardware_windows.components(library, psutil) == {
        "board": UUID,
        "disk": "S64DNX0RA12345",
        "mac": "b4:2e:99:01:02:03",
    }
    assert library.opened == [(r"\\.\PhysicalDrive0", 0)]
    assert library.closed == 1


def test_what_windows_refuses_is_absent():
    library = Kernel32(b"", b"")

    assert hardware_windows.components(library, adapters()) == {"board": "", "disk": "", "mac": ""}
    assert library.closed == 0


def test_adapters_that_windows_does_not_tell_cost_nothing_else():
    def refuse() -> Any:
        raise OSError("GetAdaptersAddresses failed")

    library = Kernel32(smbios(system(uuid.UUID(UUID).bytes_le)), b"")

    found = hardware_windows.components(library, SimpleNamespace(net_if_addrs=refuse))

    assert found == {"board": UUID, "disk": "", "mac": ""}
