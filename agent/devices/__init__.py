"""What the answers of devices mean: profiles read, matched and applied. Pure."""
