"""TLS of the collector: its small CA, its certificate, and how it is served."""
