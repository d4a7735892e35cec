"""A province's wires: routers, offices and the centre as network namespaces. Needs root.

Every stretch of wire (an office's switch, a line, the centre's uplink) is a bridge in a namespace
of its own. Taking it down cuts the wire in the middle, as an excavator does: whoever is plugged in
sees nothing of it but that nobody answers.

Of site number n: the office is 198.18.n.0/25 with its router at host 1, the line to the carrier
198.18.n.128/25. The centre is 198.18.200.1.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CENTRE_ADDRESS = "198.18.200.1"
UPLINK = "uplink"


def office(site: str) -> str:
    """Return the name of an office's switch."""
    return f"{site}-lan"


def line(site: str) -> str:
    """Return the name of a site's line to its carrier."""
    return f"{site}-line"


@dataclass(frozen=True)
class Place:
    """A site by its short name: its number in addresses, its carrier, how many PCs it has."""

    name: str
    number: int
    carrier: str
    machines: int

    @property
    def router_address(self) -> str:
        """Where the site's own router answers, the centre too."""
        return f"198.18.{self.number}.1"

    @property
    def next_hop_address(self) -> str:
        """Where the carrier begins."""
        return f"198.18.{self.number}.129"

    def machine_address(self, number: int) -> str:
        """Return the address of pc-NUMBER."""
        return f"198.18.{self.number}.{10 + number}"


@dataclass
class Wires:
    """All namespaces and bridges; `close` takes them away."""

    prefix: str = field(default_factory=lambda: f"gc{os.getpid()}-")
    segments: list[str] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)
    _cables: int = 0

    def build(self, places: Sequence[Place]) -> None:
        """Wire up the centre, its carriers and these sites."""
        self._room("wires")
        self._segment(UPLINK)
        self._room("centre")
        self._plug("centre", UPLINK, f"{CENTRE_ADDRESS}/24")
        for number, carrier in enumerate(sorted({place.carrier for place in places}), start=11):
            self._room(carrier)
            self._plug(carrier, UPLINK, f"198.18.200.{number}/24")
            for place in places:
                if place.carrier == carrier:
                    route = f"198.18.{place.number}.0/24 via 198.18.200.{number}"
                    self.run("centre", f"ip route add {route}")
        for place in places:
            self._build_site(place)

    def _build_site(self, place: Place) -> None:
        router, net = place.name, f"198.18.{place.number}"
        self._segment(line(place.name))
        self._segment(office(place.name))
        self._plug(place.carrier, line(place.name), f"{place.next_hop_address}/25")
        self._room(router)
        self._plug(router, line(place.name), f"{net}.130/25")
        self._plug(router, office(place.name), f"{place.router_address}/25")
        self.run(router, f"ip route add default via {place.next_hop_address}")
        self.run(place.carrier, f"ip route add {net}.0/25 via {net}.130")
        for number in range(1, place.machines + 1):
            machine = f"{place.name}.{number}"
            self._room(machine)
            self._plug(machine, office(place.name), f"{place.machine_address(number)}/25")
            self.run(machine, f"ip route add default via {place.router_address}")

    def cut(self, *segments: str) -> None:
        """Cut stretches of wire."""
        for segment in segments:
            self.run("wires", f"ip link set {segment} down")

    def mend(self, *segments: str) -> None:
        """Mend what was cut."""
        for segment in segments:
            self.run("wires", f"ip link set {segment} up")

    def run(self, room: str, command: str) -> str:
        """Run a command in a namespace; return what it printed."""
        return _run(*self.within(room), *command.split())

    def within(self, room: str) -> tuple[str, ...]:
        """Return what to put before a command so that it runs there."""
        return ("ip", "netns", "exec", self.prefix + room)

    def close(self) -> None:
        """Take every namespace away, and with them all wires."""
        for name in self._made:
            subprocess.run(("ip", "netns", "delete", name), check=False, timeout=60)

    def _room(self, name: str) -> None:
        _run("ip", "netns", "add", self.prefix + name)
        self._made.append(self.prefix + name)
        self.run(name, "ip link set lo up")
        self.run(name, "sysctl -qw net.ipv4.ip_forward=1")

    def _segment(self, name: str) -> None:
        self.segments.append(name)
        self.run("wires", f"ip link add {name} type bridge")
        self.run("wires", f"ip link set {name} up")

    def _plug(self, room: str, segment: str, address: str) -> None:
        self._cables += 1
        near, far = f"a{self._cables}", f"b{self._cables}"
        wires = self.prefix + "wires"
        self.run(room, f"ip link add {near} type veth peer name {far} netns {wires}")
        self.run("wires", f"ip link set {far} master {segment} up")
        self.run(room, f"ip addr add {address} dev {near}")
        self.run(room, f"ip link set {near} up")


@dataclass
class Computer:
    """A PC that can lose its mains: what runs on it ends at once, and its next boot is another one.

    A boot is what the operating system tells its programs: a boot id of its own, and clocks that
    count from then on (a time namespace; time_namespaces(7)).
    """

    wires: Wires
    room: str
    folder: Path
    boots: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def is_on(self) -> bool:
        """Whether it runs."""
        return self._process is not None

    def start(self, *command: str) -> None:
        """Boot, and run that."""
        self.boots += 1
        self.folder.mkdir(exist_ok=True)
        boot_id = self.folder / "boot_id"
        boot_id.write_text(f"00000000-0000-4000-8000-{self.boots:012d}\n")
        uptime_seconds = int(float(Path("/proc/uptime").read_text().split()[0]))
        boot = (
            *("unshare", "--fork", "--mount", "--time", "--boottime", str(-uptime_seconds)),
            *("sh", "-c", 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'),
            str(boot_id),
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wires.within(self.room), *boot, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def lose_power(self) -> None:
        """End everything on it at once."""
        self._end(signal.SIGKILL)

    def shut_down(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, number)
            try:
                self._process.wait(60)
            finally:
                self._process = None


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
