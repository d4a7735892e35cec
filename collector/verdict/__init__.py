"""From evidence to one status per site and item: pure, with every time given."""
