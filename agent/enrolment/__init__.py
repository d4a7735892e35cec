"""How a machine becomes an agent: `govnet-agent enrol`."""
