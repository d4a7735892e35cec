"""What profiles may name as `readers`: the pieces of code where data does not suffice."""

from agent.devices import addresses, interfaces, lldp, printer_errors, sensors, stations
from agent.devices.question import Reader

READERS: dict[str, Reader] = {
    "interfaces": interfaces.READER,
    "lldp": lldp.READER,
    "addresses": addresses.READER,
    "stations": stations.READER,
    "entity_sensor_optics": sensors.ENTITY_SENSOR_READER,
    "cisco_sensor_optics": sensors.CISCO_SENSOR_READER,
    "printer_errors": printer_errors.READER,
}
"""Every reader by its name."""
