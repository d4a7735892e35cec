"""Whether this agent may open ports, and at which address: as its own file says, nobody else.

The collector's settings order the checks that listen; they cannot make an agent listen that was not
set up for it. So the permission does not travel in settings or contexts: the service hands it over
once at its start, and a check that listens asks here.
"""

from govnet.errors import CheckError

_address: str | None = None


def allow(address: str | None) -> None:
    """Set the address at which this process may open ports; None forbids it."""
    global _address  # noqa: PLW0603 - one process has one configuration
    _address = address


def listen_address() -> str:
    """Return the address to bind. Raises CheckError where the agent's file allows no port."""
    if _address is None:
        raise CheckError(
            "this agent may open no port: its agent.toml has no [listen] table with an address"
        )
    return _address
