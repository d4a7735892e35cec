"""What profiles may name as `readers`: the pieces of code where data does not suffice."""

from agent.devices import addresses, interfaces, lldp, stations
from agent.devices.question import Reader

READERS: dict[str, Reader] = {
    "interfaces": interfaces.READER,
    "lldp": lldp.READER,
    "addresses": addresses.READER,
    "stations": stations.READER,
}
"""Every reader by its name."""
