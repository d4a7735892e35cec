"""Many sites at once: one event with the cause they share."""
