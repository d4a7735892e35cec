"""From the inventory and who is enrolled to what every agent is told to measure."""
