"""psutil's view of made-up machines: what is measured of it, and what is left out."""

from types import SimpleNamespace
from typing import Any

import pytest

from agent.probe import usage
from agent.probe.usage import CpuMode, Mount, Space, Traffic
from govnet.errors import CheckError


def part(device: str, mountpoint: str, fstype: str = "ext4", opts: str = "rw") -> Any:
    return SimpleNamespace(device=device, mountpoint=mountpoint, fstype=fstype, opts=opts)


def machine(*parts: Any) -> Any:
    return SimpleNamespace(disk_partitions=lambda **_: list(parts))


def test_linux_modes_leave_out_guests_whose_time_is_in_user_already() -> None:
    times = SimpleNamespace(
        user=10.0, nice=1.0, system=2.0, idle=30.0, iowait=0.5, irq=0.1, softirq=0.2, steal=0.3,
        guest=5.0, guest_nice=1.0,
    )  # fmt: skip
    found = usage.cpu(SimpleNamespace(cpu_times=lambda: times, cpu_count=lambda: 4))

    assert found.count == 4
    assert [each.mode for each in found.modes] == [
        "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"
    ]  # fmt: skip


def test_windows_modes_leave_out_interrupts_which_system_holds_already() -> None:
    times = SimpleNamespace(user=10.0, system=2.0, idle=30.0, interrupt=0.5, dpc=0.1)
    found = usage.cpu(SimpleNamespace(cpu_times=lambda: times, cpu_count=lambda: None))

    assert found.count == 1
    assert found.modes == (CpuMode("user", 10.0), CpuMode("system", 2.0), CpuMode("idle", 30.0))


def test_windows_drives_are_called_by_their_letter() -> None:
    found = usage.mounts(
        machine(
            part("C:\\", "C:\\", "NTFS", "rw,fixed"),
            part("D:\\", "D:\\", "NTFS", "rw,fixed"),
            part("E:\\", "E:\\", "FAT32", "rw,removable"),
            part("F:\\", "F:\\", "CDFS", "ro,cdrom"),
            part("Z:\\", "Z:\\", "NTFS", "rw,remote"),
            part("G:\\", "G:\\", "", "rw,fixed"),
        )
    )

    assert found == (Mount("C:\\", "C:"), Mount("D:\\", "D:"))


def test_each_device_is_measured_once_at_its_shortest_path() -> None:
    found = usage.mounts(
        machine(part("/dev/vda1", "/etc/hosts"), part("/dev/vda1", "/"), part("/dev/vdb1", "/srv/"))
    )

    assert found == (Mount("/", "/"), Mount("/srv/", "/srv"))


@pytest.mark.parametrize(
    "path", ["/media/an/USB", "/run/media/an/USB", "/home/an", "/run/user/1000/doc"]
)
def test_no_disk_is_called_by_a_person(path: str) -> None:
    assert usage.mounts(machine(part("/dev/sdb1", path))) == ()


def test_images_are_no_disks() -> None:
    assert usage.mounts(machine(part("/dev/loop0", "/snap/core/1", "squashfs", "ro"))) == ()


def test_room_is_what_ordinary_programs_may_use() -> None:
    source = SimpleNamespace(disk_usage=lambda _: SimpleNamespace(total=100, used=50, free=45))
    assert usage.space("/", source) == Space(100, 45)


def test_adapters_are_counted_by_name() -> None:
    seen = SimpleNamespace(
        bytes_recv=1, bytes_sent=2, packets_recv=3, packets_sent=4, errin=5, errout=6
    )
    source = SimpleNamespace(net_io_counters=lambda **_: {"eth1": seen, "eth0": seen})

    assert usage.traffic(source) == (
        Traffic("eth0", 1, 2, 3, 4, 5, 6),
        Traffic("eth1", 1, 2, 3, 4, 5, 6),
    )


def test_memory_and_swap() -> None:
    source = SimpleNamespace(
        virtual_memory=lambda: SimpleNamespace(total=8, available=4),
        swap_memory=lambda: SimpleNamespace(total=2, used=1),
    )
    assert usage.memory(source) == usage.Memory(8, 4, 2, 1)


def test_start_of_the_machine() -> None:
    assert usage.booted_at(SimpleNamespace(boot_time=lambda: 1790000000)) == 1790000000.0


def test_system_that_refuses_is_an_error_of_the_check() -> None:
    def refuse(_: str) -> Any:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(CheckError, match=r"does not tell \(space\): .*Permission denied"):
        usage.space("/srv", SimpleNamespace(disk_usage=refuse))
