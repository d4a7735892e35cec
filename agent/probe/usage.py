"""What this machine's processors, memory, file systems and adapters show, by psutil.

Every function takes psutil or something shaped like it, so that tests bring a made-up machine. All
raise CheckError when the system will not tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from govnet.errors import CheckError

P = ParamSpec("P")
R = TypeVar("R")

# Linux counts guests' time under `user` and `nice` already, and Windows counts interrupts and
# deferred calls under `system`: what is left adds up to the whole.
_MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_IMAGES = ("squashfs", "iso9660", "udf", "cramfs", "erofs")
_NOT_FIXED = frozenset(("removable", "cdrom", "remote"))  # psutil's words on Windows.
# What people plug in or own is mounted here, under names that may be their own.
_PERSONAL = ("/media/", "/run/media/", "/run/user/", "/home/")


@dataclass(frozen=True, slots=True)
class CpuMode:
    """Time that all processors together spent in one mode since start."""

    mode: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cpu:
    """The logical processors: how many, and what they did."""

    count: int
    modes: tuple[CpuMode, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Physical memory and swap or page file."""

    size_bytes: int
    available_bytes: int
    swap_size_bytes: int
    swap_used_bytes: int


@dataclass(frozen=True, slots=True)
class Mount:
    """A fixed file system: mounted at `path`, called `name` (`/`, `/srv`, `C:`)."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Space:
    """Room of one file system; `free_bytes` is what ordinary programs may still use."""

    size_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed through one adapter since it appeared."""

    interface: str
    receive_bytes: int
    transmit_bytes: int
    receive_packets: int
    transmit_packets: int
    receive_errors: int
    transmit_errors: int


def _load_psutil() -> Any:
    import psutil  # noqa: PLC0415 - no work at import

    return psutil


def _telling(ask: Callable[P, R]) -> Callable[P, R]:
    """Turn the system's refusals into CheckError; psutil's own are OSError or RuntimeError."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return ask(*args, **kwargs)
        except (OSError, RuntimeError, NotImplementedError) as exc:
            raise CheckError(f"the system does not tell ({ask.__name__}): {exc}") from exc

    return asked


@_telling
def cpu(source: Any = None) -> Cpu:
    """Return what the processors did since start."""
    psutil = source if source is not None else _load_psutil()
    times = psutil.cpu_times()
    modes = tuple(CpuMode(mode, getattr(times, mode)) for mode in _MODES if hasattr(times, mode))
    return Cpu(psutil.cpu_count() or 1, modes)


@_telling
def memory(source: Any = None) -> Memory:
    """Return size and use of memory and swap."""
    psutil = source if source is not None else _load_psutil()
    physical, swap = psutil.virtual_memory(), psutil.swap_memory()
    return Memory(physical.total, physical.available, swap.total, swap.used)


@_telling
def mounts(source: Any = None) -> tuple[Mount, ...]:
    """Return the fixed file systems by name, each device once, at its shortest path.

    Sticks, discs, images and network drives are left out, and so is what is mounted in people's
    own folders: a label holds no person.
    """
    psutil = source if source is not None else _load_psutil()
    found: dict[str, str] = {}
    for part in psutil.disk_partitions(all=False):
        options = frozenset(part.opts.split(","))
        path = str(part.mountpoint)
        if part.fstype in _IMAGES or not part.fstype or options & _NOT_FIXED:
            continue
        if path.startswith(_PERSONAL):
            continue
        known = found.get(part.device)
        if known is None or (len(path), path) < (len(known), known):
            found[part.device] = path
    named = (Mount(path, path.rstrip("\\/") or path) for path in found.values())
    return tuple(sorted(named, key=lambda mount: mount.name))


@_telling
def space(path: str, source: Any = None) -> Space:
    """Return the room of the file system mounted at `path`."""
    psutil = source if source is not None else _load_psutil()
    usage = psutil.disk_usage(path)
    return Space(usage.total, usage.free)


@_telling
def traffic(source: Any = None) -> tuple[Traffic, ...]:
    """Return the adapters' counters by name; psutil keeps wrapped ones growing."""
    psutil = source if source is not None else _load_psutil()
    return tuple(
        Traffic(
            interface=name,
            receive_bytes=seen.bytes_recv,
            transmit_bytes=seen.bytes_sent,
            receive_packets=seen.packets_recv,
            transmit_packets=seen.packets_sent,
            receive_errors=seen.errin,
            transmit_errors=seen.errout,
        )
        for name, seen in sorted(psutil.net_io_counters(pernic=True).items())
    )


@_telling
def booted_at(source: Any = None) -> float:
    """Return when the machine started, epoch seconds by its own clock."""
    psutil = source if source is not None else _load_psutil()
    return float(psutil.boot_time())
