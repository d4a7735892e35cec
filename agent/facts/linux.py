"""The facts as Linux tells them: /sys, /etc, /var and a few programs. `root` is a parameter."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agent.facts.reading import Reading, key_part
from agent.facts.suites import installed
from agent.facts.support import linux_support_end_at
from agent.probe.hardware.values import serial_number
from agent.probe.program import Finished, Run, run_program
from agent.probe.system.linux import operating_system
from govnet.errors import CheckError

_ROOT = Path("/")
_SECTOR_BYTES = 512
_FRESH_SECONDS = 7 * 86_400.0
"""Definitions of an antivirus are up to date for a week."""
_PRINTER_CLASS = "07"
"""USB interface class of printers (USB-IF, Defined Class Codes)."""
_MEMORY_DEVICE = "17"
_PACKAGES = {
    "libreoffice-core": "LibreOffice",
    "onlyoffice-desktopeditors": "ONLYOFFICE",
    "wps-office": "WPS Office",
}
"""Packages that are a suite, under the suite's name."""


_UNIT_STATES = {"active": True, "inactive": False, "failed": False, "unknown": False}
"""What `systemctl is-active` says of a unit that stands still, and of one that does not exist."""


def read(suites: Sequence[str], root: Path = _ROOT, run: Run = run_program) -> Reading:
    """Return everything that can be read; what cannot is named in `problems`."""
    reading = Reading()
    readers: tuple[Callable[[Reading, Path, Run], None], ...] = (
        hardware,
        memory,
        disks,
        system,
        updates,
        antivirus,
        firewall,
        domain,
        printers,
    )
    for reader in readers:
        with _noting(reading, reader.__name__):
            reader(reading, root, run)
    with _noting(reading, "office"):
        office(reading, suites, run)
    return reading


@contextmanager
def _noting(reading: Reading, name: str) -> Iterator[None]:
    """Note what one reader could not read; it costs only its own facts."""
    try:
        yield
    except (OSError, ValueError, CheckError) as exc:
        reading.problems.append(f"{name}: {exc}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _asked(run: Run, *command: str) -> Finished | None:
    """Return what a program said, None where it is not installed or may not be run."""
    if shutil.which(command[0]) is None:
        return None
    done = run(command)
    return done if done.status == 0 else None


def hardware(reading: Reading, root: Path, _run: Run) -> None:
    """Maker, model, serial and asset tag (SMBIOS by /sys/class/dmi), and the processor."""
    dmi = root / "sys/class/dmi/id"
    reading.add("hardware.maker", serial_number(_text(dmi / "sys_vendor")))
    reading.add("hardware.model", serial_number(_text(dmi / "product_name")))
    reading.add("hardware.serial", serial_number(_text(dmi / "product_serial")))
    reading.add("hardware.asset_tag", serial_number(_text(dmi / "chassis_asset_tag")))
    fields = [line.partition(":") for line in _text(root / "proc/cpuinfo").splitlines()]
    values = [(name.strip(), value.strip()) for name, _, value in fields]
    reading.add("cpu.model", next((value for name, value in values if name == "model name"), ""))
    threads = sum(name == "processor" for name, _ in values)
    reading.add("cpu.threads", threads or "")
    cores = {
        (package, core)
        for package, core in _packages_and_cores(values)
        if package is not None and core is not None
    }
    reading.add("cpu.cores", len(cores) or "")


def _packages_and_cores(
    values: Iterable[tuple[str, str]],
) -> Iterator[tuple[str | None, str | None]]:
    package: str | None = None
    for name, value in values:
        if name == "physical id":
            package = value
        elif name == "core id":
            yield package, value


def memory(reading: Reading, root: Path, run: Run) -> None:
    """Size by /proc/meminfo; the modules by dmidecode, which only root may ask."""
    match = re.search(r"^MemTotal:\s+(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    if match:
        reading.add("memory.bytes", int(match[1]) * 1024)
    told = _asked(run, "dmidecode", "-t", _MEMORY_DEVICE)
    modules = memory_modules(told.output) if told is not None else []
    for index, module in enumerate(modules):
        reading.add(f"memory.module.{index}", module)


def memory_modules(text: str) -> list[str]:
    """Return size, type and speed of every module that `dmidecode -t 17` lists as installed."""
    modules = []
    for section in text.split("Memory Device")[1:]:
        fields = dict(re.findall(r"^\s+(Size|Type|Speed): (.+)$", section, re.MULTILINE))
        if fields.get("Size", "No").startswith("No"):
            continue
        told = (fields.get(name, "") for name in ("Size", "Type", "Speed"))
        modules.append(" ".join(text for text in told if text not in ("", "Unknown")))
    return modules


def disks(reading: Reading, root: Path, run: Run) -> None:
    """Built-in disks: model, size, kind, and health by smartctl, which only root may ask."""
    folder = root / "sys/block"
    for disk in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not (disk / "device").exists() or _text(disk / "removable") == "1":
            continue
        name = key_part(disk.name)
        reading.add(f"disk.{name}.model", _text(disk / "device/model"))
        sectors = _text(disk / "size")
        if sectors.isdigit():
            reading.add(f"disk.{name}.bytes", int(sectors) * _SECTOR_BYTES)
        turns = {"1": "hdd", "0": "ssd"}.get(_text(disk / "queue/rotational"), "")
        reading.add(f"disk.{name}.kind", turns)
        healthy = _is_healthy(run, disk.name)
        if healthy is not None:
            reading.disks_healthy[disk.name] = healthy


def _is_healthy(run: Run, disk: str) -> bool | None:
    if shutil.which("smartctl") is None:
        return None
    # Its status is a set of bits; what it says about the disk stands in the JSON.
    return smart_passed(run(("smartctl", "--json", "-H", f"/dev/{disk}")).output)


def smart_passed(output: str) -> bool | None:
    """Return what `smartctl --json -H` says of the disk, None if it could not ask."""
    try:
        passed = json.loads(output)["smart_status"]["passed"]
    except (ValueError, KeyError, TypeError):
        return None
    return passed if isinstance(passed, bool) else None


def system(reading: Reading, root: Path, _run: Run) -> None:
    """Which system runs, and when its maker ends support."""
    found = operating_system(root)
    reading.add("os.name", found.name)
    reading.add("os.build", found.build)
    text = _text(root / "etc/os-release") or _text(root / "usr/lib/os-release")
    fields = dict(re.findall(r'^(ID|VERSION_ID)="?([^"\n]*)"?$', text, re.MULTILINE))
    reading.os_support_end_at = linux_support_end_at(
        fields.get("ID", ""), fields.get("VERSION_ID", "")
    )


def updates(reading: Reading, root: Path, _run: Run) -> None:
    """When a package was last upgraded, by apt's own history (Debian, Ubuntu)."""
    reading.last_update_at = last_upgrade_at(_text(root / "var/log/apt/history.log"))


def last_upgrade_at(history: str) -> float | None:
    """Return when the newest run of apt that upgraded something ended, None if there is none."""
    newest: float | None = None
    for run in history.split("\n\n"):
        end = re.search(r"^End-Date: (\d{4}-\d\d-\d\d)\s+(\d\d:\d\d:\d\d)$", run, re.MULTILINE)
        if end and re.search(r"^Upgrade: ", run, re.MULTILINE):
            told = time.strptime(f"{end[1]} {end[2]}", "%Y-%m-%d %H:%M:%S")
            at = time.mktime((*told[:8], -1))
            newest = at if newest is None else max(newest, at)
    return newest


def antivirus(reading: Reading, root: Path, run: Run) -> None:
    """Whether ClamAV runs with definitions no older than a week; nothing where it is not there."""
    databases = [root / "var/lib/clamav" / name for name in ("daily.cld", "daily.cvd")]
    changed_at = max((path.stat().st_mtime for path in databases if path.exists()), default=None)
    if changed_at is None and shutil.which("clamd") is None:
        return
    reading.add("antivirus.name", "ClamAV")
    is_fresh = changed_at is not None and time.time() - changed_at < _FRESH_SECONDS
    reading.is_antivirus_on = _is_active(run, "clamav-daemon") if is_fresh else False


def _is_active(run: Run, unit: str) -> bool | None:
    """Return whether a unit of systemd runs, None where systemd does not tell."""
    if shutil.which("systemctl") is None:
        return None
    # Its status is not 0 for every unit that does not run, whether there is one or not.
    return _UNIT_STATES.get(run(("systemctl", "is-active", unit)).output.strip())


def firewall(reading: Reading, root: Path, run: Run) -> None:
    """Whether ufw, firewalld or nftables is switched on; nothing where not all could be asked."""
    ufw = re.search(r"^ENABLED=(\w+)", _text(root / "etc/ufw/ufw.conf"), re.MULTILINE)
    on = {
        "ufw": ufw is not None and ufw[1] == "yes",
        "firewalld": _is_active(run, "firewalld"),
        "nftables": _is_active(run, "nftables"),
    }
    if any(on.values()) or None not in on.values():
        reading.is_firewall_on = any(on.values())
    reading.add("firewall.name", next((name for name, is_on in on.items() if is_on), ""))


def domain(reading: Reading, root: Path, _run: Run) -> None:
    """Whether the machine is joined to a domain: SSSD is set up, or it has a Kerberos key."""
    reading.is_domain_joined = any(
        (root / path).exists() for path in ("etc/sssd/sssd.conf", "etc/krb5.keytab")
    )


def printers(reading: Reading, root: Path, run: Run) -> None:
    """Printers on USB by maker and model, scanners by SANE; never the name of a queue."""
    found = []
    folder = root / "sys/bus/usb/devices"
    for interface in sorted(folder.glob("*:*")) if folder.is_dir() else ():
        if _text(interface / "bInterfaceClass") == _PRINTER_CLASS:
            device = folder / interface.name.partition(":")[0]
            found.append(f"{_text(device / 'manufacturer')} {_text(device / 'product')}".strip())
    for index, printer in enumerate(dict.fromkeys(filter(None, found))):
        reading.add(f"printer.{index}", printer)
    told = _asked(run, "scanimage", "-L")
    scanners = re.findall(
        r"^device `[^']*' is an? (.+)$", told.output if told else "", re.MULTILINE
    )
    for index, scanner in enumerate(scanners):
        reading.add(f"scanner.{index}", scanner)


def office(reading: Reading, suites: Sequence[str], run: Run) -> None:
    """Office suites of the list, by dpkg; no other package is looked at."""
    told = _asked(run, "dpkg-query", "-W", "-f", "${db:Status-Abbrev}\t${Package}\t${Version}\n")
    programs = packages(told.output) if told is not None else ()
    for index, suite in enumerate(installed(programs, suites)):
        reading.add(f"office.{index}", suite)


def packages(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and upstream version of installed packages, their parts left out."""
    for line in text.splitlines():
        status, _, rest = line.partition("\t")
        package, _, version = rest.partition("\t")
        if status.startswith("ii") and (package in _PACKAGES or "-" not in package):
            upstream = re.split(r"[-+~]", version.rpartition(":")[2])[0]
            yield _PACKAGES.get(package, package), upstream
