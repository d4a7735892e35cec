"""Who this machine is to the collector, and whom it trusts: keys and CAs, and their renewal."""
