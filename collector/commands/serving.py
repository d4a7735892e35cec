"""`govnet serve`, `demo`, `reload`, `login-link`: a collector, started and spoken to."""

import argparse
import time
from pathlib import Path

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_inventory_option,
    existing_data,
)
from govnet.errors import ConfigError, GovnetError

DEFAULT_LISTEN = "127.0.0.1:8470"
_UNPROCESSABLE = 422


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    _add_serve(commands)
    _add_demo(commands)


def _add_serve(commands: Commands) -> None:
    command = add_command(commands, "serve", "Run the collector.", serve)
    add_inventory_option(command)
    add_data(command)
    command.add_argument(
        "--listen",
        metavar="ADDRESS:PORT",
        help=f"where to listen; port 0 takes a free one (default: {DEFAULT_LISTEN})",
    )
    command.add_argument(
        "--report-interval",
        metavar="SECONDS",
        type=float,
        help="how often agents report (default: as the inventory says)",
    )
    command.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        help="least important log lines (default: that of [log] in collector.toml, else info)",
    )


def _add_demo(commands: Commands) -> None:
    command = add_command(
        commands, "demo", "Run a whole simulated province on this machine; Ctrl-C ends it.", demo
    )
    add_inventory_option(command)
    command.add_argument(
        "--port", type=int, default=0, metavar="PORT", help="0 takes a free one (default: 0)"
    )
    command.add_argument(
        "--prometheus",
        action="store_true",
        help="also run the installed prometheus with our rules (default: no)",
    )
    command.add_argument(
        "--prometheus-port",
        type=int,
        default=0,
        metavar="PORT",
        help="0 takes a free one (default: 0)",
    )
    command.add_argument(
        "--rules",
        type=Path,
        default=Path("deploy/prometheus/rules"),
        metavar="FOLDER",
        help="folder of alert rules (default: deploy/prometheus/rules)",
    )


def add_small(commands: Commands) -> None:
    """Add what a running collector is asked for."""
    link = add_command(
        commands,
        "login-link",
        "Print a one-time link to the pages, good for an hour.",
        login_link,
    )
    add_data(link)
    again = add_command(
        commands,
        "reload",
        "Let the running collector read certificate and inventory again; bad ones are refused.",
        reload,
    )
    add_data(again)


def serve(options: argparse.Namespace) -> int:
    """Run the collector until SIGTERM or Ctrl-C."""
    import msgspec  # noqa: PLC0415

    from collector.config import Config, load_config  # noqa: PLC0415
    from collector.logs.start import start_logging  # noqa: PLC0415
    from collector.server import run  # noqa: PLC0415

    config = load_config(options.config) if options.config else Config()
    config = config.over(
        inventory=str(options.inventory),
        data_dir=options.data_dir,
        listen=options.listen,
        report_interval_seconds=options.report_interval,
    )
    log = config.log
    if options.log_level is not None:
        log = msgspec.structs.replace(log, level=options.log_level)
    config = msgspec.structs.replace(config, log=log)
    run(config, start_logging(log))
    return 0


def demo(options: argparse.Namespace) -> int:
    """Run the simulated province."""
    from collector.demo import Demo  # noqa: PLC0415

    return Demo(
        inventory=options.inventory,
        port=options.port,
        prometheus=options.prometheus,
        prometheus_port=options.prometheus_port,
        rules=options.rules,
    ).run()


def login_link(options: argparse.Namespace) -> int:
    """Print a one-time link to the pages."""
    from collector.places import public_url  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415
    from collector.web.access import make_link  # noqa: PLC0415

    data = existing_data(options.data_dir)
    url = public_url(data)
    store = open_store(data)
    try:
        token = make_link(store, time.time())
    finally:
        store.close()
    print(f"{url}/login?once={token}")
    return 0


def reload(options: argparse.Namespace) -> int:
    """Ask the running collector to read its certificate and inventory again."""
    from collector.local_call import post_as_operator  # noqa: PLC0415

    answer = post_as_operator(existing_data(options.data_dir), "/v1/reload")
    plain = answer.json()
    if answer.status_code == _UNPROCESSABLE:
        raise ConfigError(plain["problems"])
    if not answer.ok:
        raise GovnetError(f"{answer.url}: {plain['detail']}")
    print(f"{plain['inventory']}: taken over, {plain['sites']} sites")
    if answer.url.startswith("https:"):
        print("certificate and CA: taken over")
    return 0
