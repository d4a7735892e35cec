"""What a service tells systemd of itself (sd_notify(3)): that it is ready, that it still works.

Started by anything else nothing is said: `NOTIFY_SOCKET` is not there then.
"""

import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"


def watch_every(seconds: float) -> str:
    """Return the word by which systemd shall restart this service after so long a silence."""
    return f"WATCHDOG_USEC={round(seconds * 1e6)}"


def tell(*words: str) -> bool:
    """Tell the service manager; return whether there was one to listen.

    Never raises: that nobody listens must not end what works.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1.0)
            sender.sendto("\n".join(words).encode(), address)
    except OSError:
        return False
    return True
