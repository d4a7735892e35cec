"""`collector.toml`: its options, and how they are read.

What only `govnet config` needs loads much else and is imported by its own name:
`collector.config.check` finds every mistake, `collector.config.shown` says where a value is from.
"""

from collector.config.options import (
    DEFAULT_LISTEN,
    Config,
    CredentialsOptions,
    as_option,
    load_config,
    read_config,
    read_token,
    tables,
)

__all__ = [
    "DEFAULT_LISTEN",
    "Config",
    "CredentialsOptions",
    "as_option",
    "load_config",
    "read_config",
    "read_token",
    "tables",
]
