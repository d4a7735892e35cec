"""One YAML file for each family of devices: how to know it, what to ask, what the values mean."""
