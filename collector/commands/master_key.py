"""`govnet master-key`: what the agents' keys are sealed with."""

import argparse
import time
from pathlib import Path

from collector.commands.arguments import Commands, add_command, add_data, add_group, existing_data


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "master-key", "The key that seals the agents' keys.")
    rotate = add_command(
        actions,
        "rotate",
        "Replace the master key and seal every agent's key anew; the collector may run. Agents"
        " notice nothing. Killed at any point, nothing is lost: do it again.",
        rotate_key,
    )
    rotate.add_argument(
        "--master-key-file",
        type=Path,
        metavar="FILE",
        help="where it lies; needed where the service has it as a credential, which is replaced"
        " while the service is stopped (default: as the collector had it at its last start)",
    )
    add_data(rotate)


def rotate_key(options: argparse.Namespace) -> int:
    """Replace the master key."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.rotation import rotate_master  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir), options.master_key_file)
    try:
        number = rotate_master(store, time.time())
    finally:
        store.close()
    print(f"{store.vault.file}: a new master key; {number} keys sealed anew")
    return 0
