"""Which network adapters of a machine are measured: hardware, not what programs made up."""

from collections.abc import Iterable

from agent.probe.network import Interface


def measured(interfaces: Iterable[Interface]) -> tuple[Interface, ...]:
    """Return the physical adapters; where there are none (a container), all of them."""
    everything = tuple(interfaces)
    return tuple(each for each in everything if each.is_physical) or everything
