"""How the collector's processes log: on standard error, and to a syslog server too."""
