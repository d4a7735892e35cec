"""The machine itself: what it is, how loaded, how full, since when it runs, on what power.

Every part is read on its own: what one part of the system refuses costs only that part.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from agent.checks.adapters import measured
from agent.checks.asking import raise_failures
from agent.checks.contract import Context
from agent.probe import network, system, usage
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import MachineSettings

_SMALL_STEP_BACK_SECONDS = 3.0


class _NeverBack:
    """Keeps CPU counters from going back a little, which a rate would take for a restart.

    Linux says of `idle` and `iowait` that they may decrease (proc_stat(5)). A large step back is
    real: processors were taken away.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._highest: dict[str, float] = {}

    def seconds(self, mode: str, now_seconds: float) -> float:
        with self._lock:
            highest = self._highest.get(mode, now_seconds)
            if not 0 < highest - now_seconds <= _SMALL_STEP_BACK_SECONDS:
                highest = now_seconds
            self._highest[mode] = highest
            return highest


class MachineCheck:
    """Reads the machine that the agent runs on; `target` is that machine."""

    name = MachineSettings.check
    metrics = tuple(
        CATALOGUE[f"govnet_machine_{quantity}"]
        for quantity in (
            "info",
            "cpu_seconds_total",
            "cpus",
            "memory_size_bytes",
            "memory_available_bytes",
            "swap_size_bytes",
            "swap_used_bytes",
            "disk_size_bytes",
            "disk_free_bytes",
            "network_receive_bytes_total",
            "network_transmit_bytes_total",
            "network_receive_packets_total",
            "network_transmit_packets_total",
            "network_receive_errors_total",
            "network_transmit_errors_total",
            "uptime_seconds",
            "boot_timestamp_seconds",
            "last_alive_timestamp_seconds",
            "clean_stop",
            "on_mains",
            "battery_charge_ratio",
            "clock_offset_seconds",
            "reboot_pending",
        )
    )

    def __init__(
        self,
        *,
        cpu: Callable[[], usage.Cpu] = usage.cpu,
        memory: Callable[[], usage.Memory] = usage.memory,
        mounts: Callable[[], tuple[usage.Mount, ...]] = usage.mounts,
        space: Callable[[str], usage.Space] = usage.space,
        traffic: Callable[[], tuple[usage.Traffic, ...]] = usage.traffic,
        booted_at: Callable[[], float] = usage.booted_at,
        interfaces: Callable[[], tuple[network.Interface, ...]] = network.interfaces,
        operating_system: Callable[[], system.OperatingSystem] = system.operating_system,
        power: Callable[[], system.Power] = system.power,
        is_reboot_pending: Callable[[], bool | None] = system.is_reboot_pending,
    ) -> None:
        self._cpu = cpu
        self._memory = memory
        self._mounts = mounts
        self._space = space
        self._traffic = traffic
        self._booted_at = booted_at
        self._interfaces = interfaces
        self._operating_system = operating_system
        self._power = power
        self._is_reboot_pending = is_reboot_pending
        self._cpu_seconds = _NeverBack()

    def run(self, target: MachineSettings, context: Context) -> Iterable[Sample]:
        """Read all parts. Raises CheckError, after the others' samples, for what was refused."""
        del target  # The machine is the one we run on; the collector knows its id.
        failures: list[str] = []
        for part in (
            self._what_it_is,
            self._processors,
            self._space_in_memory,
            partial(self._file_systems, failures),
            self._network,
            partial(self._since_when, context),
            self._electricity,
        ):
            try:
                yield from part()
            except CheckError as exc:
                failures.append(str(exc))
        yield from _from_the_agent(context)
        raise_failures(failures)

    def _what_it_is(self) -> Iterator[Sample]:
        running = self._operating_system()
        yield Sample("govnet_machine_info", 1, {"os": running.name, "os_build": running.build})
        pending = self._is_reboot_pending()
        if pending is not None:
            yield Sample("govnet_machine_reboot_pending", float(pending))

    def _processors(self) -> Iterator[Sample]:
        cpu = self._cpu()
        yield Sample("govnet_machine_cpus", cpu.count)
        for spent in cpu.modes:
            seconds = self._cpu_seconds.seconds(spent.mode, spent.seconds)
            yield Sample("govnet_machine_cpu_seconds_total", seconds, {"mode": spent.mode})

    def _space_in_memory(self) -> Iterator[Sample]:
        memory = self._memory()
        yield Sample("govnet_machine_memory_size_bytes", memory.size_bytes)
        yield Sample("govnet_machine_memory_available_bytes", memory.available_bytes)
        yield Sample("govnet_machine_swap_size_bytes", memory.swap_size_bytes)
        yield Sample("govnet_machine_swap_used_bytes", memory.swap_used_bytes)

    def _file_systems(self, failures: list[str]) -> Iterator[Sample]:
        for mount in self._mounts():
            try:
                space = self._space(mount.path)
            except CheckError as exc:
                failures.append(f"disk {mount.name}: {exc}")
                continue
            labels = {"disk": mount.name}
            yield Sample("govnet_machine_disk_size_bytes", space.size_bytes, labels)
            yield Sample("govnet_machine_disk_free_bytes", space.free_bytes, labels)

    def _network(self) -> Iterator[Sample]:
        names = {interface.name for interface in measured(self._interfaces())}
        for seen in self._traffic():
            if seen.interface not in names:
                continue
            for quantity, value in (
                ("receive_bytes", seen.receive_bytes),
                ("transmit_bytes", seen.transmit_bytes),
                ("receive_packets", seen.receive_packets),
                ("transmit_packets", seen.transmit_packets),
                ("receive_errors", seen.receive_errors),
                ("transmit_errors", seen.transmit_errors),
            ):
                yield Sample(
                    f"govnet_machine_network_{quantity}_total",
                    value,
                    {"interface": seen.interface},
                )

    def _since_when(self, context: Context) -> Iterator[Sample]:
        booted_at = self._booted_at()
        yield Sample("govnet_machine_boot_timestamp_seconds", booted_at)
        yield Sample("govnet_machine_uptime_seconds", max(0.0, context.clock.time() - booted_at))

    def _electricity(self) -> Iterator[Sample]:
        power = self._power()
        if power.is_on_mains is not None:
            yield Sample("govnet_machine_on_mains", float(power.is_on_mains))
        if power.battery_ratio is not None:
            yield Sample("govnet_machine_battery_charge_ratio", power.battery_ratio)


def _from_the_agent(context: Context) -> Iterator[Sample]:
    """Yield what only the agent knows: how its last run ended, how wrong this clock is."""
    previous = context.previous_run
    if previous is not None:
        yield Sample("govnet_machine_last_alive_timestamp_seconds", previous.alive_at)
        yield Sample("govnet_machine_clean_stop", float(previous.clean_stop))
    if context.clock_offset_seconds is not None:
        yield Sample("govnet_machine_clock_offset_seconds", context.clock_offset_seconds)
