"""The province of the first day as a network: the centre, its sites' addresses, PCs. Needs root.

Site number n (1 to 206) is 198.18.n.0/25: its router is host 1, its conference point host 10. Those
of the sites that live are addresses of the centre's own namespace, so that its agent really asks
them; those of the silent sites lead to a switch where nobody is. PCs are namespaces
of their own on a bridge to the centre, 198.18.0.11.
"""

import os
import subprocess
from collections.abc import Collection
from dataclasses import dataclass, field

CENTRE_ADDRESS = "198.18.0.11"
NOWHERE = "198.19.255"
"""The network of PCs whose site no address tells: /24."""


def router(number: int) -> str:
    """Return where a site's router answers."""
    return f"198.18.{number}.1"


def conference_point(number: int) -> str:
    """Return where its conference point answers."""
    return f"198.18.{number}.10"


def network(number: int) -> str:
    """Return its network."""
    return f"198.18.{number}.0/25"


@dataclass
class Roads:
    """The namespaces; `close` takes them away."""

    prefix: str = field(default_factory=lambda: f"fd{os.getpid()}-")
    _made: list[str] = field(default_factory=list)

    def build(self, sites: int, silent: Collection[int]) -> None:
        """Make the centre, and every site but the silent ones."""
        self._room("centre")
        living = [number for number in range(1, sites + 1) if number not in silent]
        lines = [
            "link add sites type bridge",
            "link set sites up",
            "link add pcs type bridge",
            f"addr add {CENTRE_ADDRESS}/24 dev pcs",
            f"addr add {NOWHERE}.1/24 dev pcs",
            "link set pcs up",
            "route add 198.18.0.0/16 dev sites",
            *(
                f"addr add {address(number)}/32 dev sites"
                for number in living
                for address in (router, conference_point)
            ),
        ]
        self._batch("centre", lines)

    def plug_in(self, room: str, address: str) -> None:
        """Make a PC's namespace with that address."""
        self._room(room)
        number = len(self._made)
        near, far = f"pc{number}", f"up{number}"
        self._batch("centre", [f"link add {near} type veth peer name {far}"])
        run("ip", "-n", self.prefix + "centre", "link", "set", far, "netns", self.prefix + room)
        self._batch(
            "centre",
            [f"link set {near} master pcs up", f"route add {address}/32 dev pcs"],
        )
        self._batch(
            room,
            [
                f"addr add {address}/32 dev {far}",
                f"link set {far} up",
                f"route add {CENTRE_ADDRESS}/32 dev {far}",
                f"route add default via {CENTRE_ADDRESS} dev {far} onlink",
            ],
        )

    def within(self, room: str) -> tuple[str, ...]:
        """Return what to put before a command so that it runs there."""
        return ("ip", "netns", "exec", self.prefix + room)

    def close(self) -> None:
        """Take every namespace away."""
        for name in self._made:
            subprocess.run(("ip", "netns", "delete", name), check=False, timeout=60)

    def _room(self, name: str) -> None:
        run("ip", "netns", "add", self.prefix + name)
        self._made.append(self.prefix + name)
        self._batch(name, ["link set lo up"])

    def _batch(self, room: str, lines: list[str]) -> None:
        command = ("ip", "-n", self.prefix + room, "-batch", "-")
        run(*command, said="\n".join(lines) + "\n")


def run(*command: str, said: str = "") -> str:
    """Run a command; return what it printed."""
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
