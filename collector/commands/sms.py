"""`govnet sms-gateway`: text messages for Alertmanager, by a modem of this machine."""

import argparse
from ipaddress import ip_address
from pathlib import Path

from collector.commands.arguments import Commands, add_command
from govnet.errors import ConfigError

DEFAULT_LISTEN = "127.0.0.1:8480"
DEFAULT_PER_HOUR = 30
DEFAULT_SPOOL = "/var/spool/sms/outgoing"
_LAST_PORT = 65_535


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "sms-gateway",
        "Take what Alertmanager posts to this machine and send it as text messages.",
        serve,
    )
    command.add_argument(
        "--numbers-file",
        metavar="FILE",
        type=Path,
        required=True,
        help="telephone numbers by group (TOML; required)",
    )
    command.add_argument(
        "--with",
        dest="modem",
        choices=("gammu", "smstools"),
        required=True,
        help="the program that owns the modem (required)",
    )
    command.add_argument(
        "--listen",
        metavar="ADDRESS:PORT",
        default=DEFAULT_LISTEN,
        help=f"where to listen, on this machine only (default: {DEFAULT_LISTEN})",
    )
    command.add_argument(
        "--diacritics",
        action="store_true",
        help="write Vietnamese with diacritics, which leaves less than half the room (default: no)",
    )
    command.add_argument(
        "--per-hour",
        metavar="NUMBER",
        type=int,
        default=DEFAULT_PER_HOUR,
        help=f"most messages an hour for one number (default: {DEFAULT_PER_HOUR})",
    )
    command.add_argument(
        "--gammu-config",
        metavar="FILE",
        type=Path,
        help="configuration of Gammu's daemon (default: /etc/gammu-smsdrc)",
    )
    command.add_argument(
        "--spool",
        metavar="FOLDER",
        type=Path,
        default=Path(DEFAULT_SPOOL),
        help=f"where smstools takes messages from (default: {DEFAULT_SPOOL})",
    )


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    import uvicorn  # noqa: PLC0415

    from collector.alerts.sms import Gateway, load_numbers  # noqa: PLC0415
    from collector.alerts.sms_modem import Gammu, Smstools  # noqa: PLC0415
    from collector.logs.options import LogOptions  # noqa: PLC0415
    from collector.logs.start import start_logging  # noqa: PLC0415

    host, port = _address(options.listen)
    if options.per_hour < 1:
        raise ConfigError([f"--per-hour: expected 1 or more, got {options.per_hour}"])
    numbers = load_numbers(options.numbers_file)
    modem = Gammu(options.gammu_config) if options.modem == "gammu" else Smstools(options.spool)
    gateway = Gateway(numbers, modem, diacritics=options.diacritics, per_hour=options.per_hour)
    start_logging(LogOptions())
    uvicorn.run(
        gateway.application(),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return 0


def _address(listen: str) -> tuple[str, int]:
    """Return host and port; anybody who reaches the gateway can send messages at our cost."""
    host, _, port = listen.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
        raise ConfigError([f"--listen: expected ADDRESS:PORT, got {listen!r}"])
    if not address.is_loopback:
        raise ConfigError([f"--listen: expected an address of this machine only, got {listen!r}"])
    return str(address), int(port)
