"""What differs between two states of the inventory, by what they mean."""
