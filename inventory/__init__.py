"""What should exist: the inventory's YAML files, typed, checked and cross-referenced."""
