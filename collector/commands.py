"""What each `govnet` command does. Returns exit statuses; people's mistakes are ConfigErrors."""

import argparse
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from govnet.errors import ConfigError, GovnetError

REQUEST_SECONDS = 30.0
_UNPROCESSABLE = 422


def serve(options: argparse.Namespace) -> int:
    """Run the collector until SIGTERM or Ctrl-C."""
    from collector.config import Config, load_config  # noqa: PLC0415
    from collector.server import run  # noqa: PLC0415

    config = load_config(options.config) if options.config else Config()
    config = config.over(
        inventory=options.inventory,
        data_dir=options.data_dir,
        listen=options.listen,
        report_interval_seconds=options.report_interval,
    )
    _log_to_stderr(options.log_level)
    run(config)
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


def inventory_check(options: argparse.Namespace) -> int:
    """Print what the inventory holds, or every mistake in it."""
    from inventory.load import load  # noqa: PLC0415
    from inventory.summary import summary  # noqa: PLC0415

    print("\n".join(summary(load(options.file))))
    return 0


def agents_key(options: argparse.Namespace) -> int:
    """Make an agent and print its agent.toml."""
    from collector import agent_toml  # noqa: PLC0415
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import enrol, load_registry  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    data = _existing(options.data_dir)
    inventory = load(options.inventory)
    url = options.url or _address(data)
    agent_toml.check_address(url)
    store = open_store(data)
    try:
        new = enrol(store, inventory, options.site, options.machine, time.time())
        enrolled = [identity.machine for identity in load_registry(store).enrolled]
    finally:
        store.close()
    print("\n".join(agent_toml.lines(new, url, options.ca)))
    print(
        f"{new.identity.machine}: write this to agent.toml on that machine, readable for the"
        " agent only; it is not shown again.",
        file=sys.stderr,
    )
    if agent_toml.is_ca_missing(url, options.ca):
        print(
            "ca_file: an agent trusts an https:// collector by its CA only; put the CA's file"
            " beside agent.toml and its name into the line ca_file, or give it with --ca.",
            file=sys.stderr,
        )
    site, is_named = inventory.sites[options.site], options.machine is not None
    for doubt in agent_toml.doubts(site, new.identity.machine, enrolled, is_named=is_named):
        print(doubt, file=sys.stderr)
    return 0


def agents_list(options: argparse.Namespace) -> int:
    """Print one line per agent: machine, id, since when, whether revoked."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import load_registry  # noqa: PLC0415

    store = open_store(_existing(options.data_dir))
    try:
        rows = load_registry(store).rows
    finally:
        store.close()
    for row in rows:
        revoked = f"\trevoked {_utc(row.revoked_at)}" if row.revoked_at is not None else ""
        print(f"{row.identity.machine}\t{row.identity.agent}\t{_utc(row.enrolled_at)}{revoked}")
    return 0


def agents_revoke(options: argparse.Namespace) -> int:
    """Revoke one agent."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.store.registry import revoke  # noqa: PLC0415

    store = open_store(_existing(options.data_dir))
    try:
        identity = revoke(store, options.agent, time.time())
    finally:
        store.close()
    print(f"{identity.machine}: {identity.agent} revoked")
    return 0


def login_link(options: argparse.Namespace) -> int:
    """Print a one-time link to the pages."""
    from collector.store import open_store  # noqa: PLC0415
    from collector.web.access import make_link  # noqa: PLC0415

    data = _existing(options.data_dir)
    url = _address(data)
    store = open_store(data)
    try:
        token = make_link(store, time.time())
    finally:
        store.close()
    print(f"{url}/login?once={token}")
    return 0


def reload(options: argparse.Namespace) -> int:
    """Ask the running collector to read its inventory again."""
    import requests  # noqa: PLC0415

    from collector.config import read_token  # noqa: PLC0415
    from collector.places import local_url, operator_token_file  # noqa: PLC0415

    data = _existing(options.data_dir)
    (token,) = read_token(str(operator_token_file(data)))
    url = local_url(data)
    with requests.Session() as session:
        # A proxy of the environment must not see the token.
        session.trust_env = False
        try:
            answer = session.post(
                f"{url}/v1/reload",
                headers={"Authorization": f"Bearer {token}"},
                timeout=REQUEST_SECONDS,
            )
        except requests.RequestException as exc:
            raise GovnetError(f"no collector answers at {url}: {exc}") from exc
    plain = answer.json()
    if answer.status_code == _UNPROCESSABLE:
        raise ConfigError(plain["problems"])
    if not answer.ok:
        raise GovnetError(f"{url}: {plain['detail']}")
    print(f"{plain['inventory']}: taken over, {plain['sites']} sites")
    return 0


def metrics_doc(_: argparse.Namespace) -> int:
    """Print docs/metrics.md."""
    from collector.metrics.metricsdoc import document  # noqa: PLC0415

    print(document(), end="")
    return 0


def _existing(data_dir: str) -> Path:
    """Return the folder of a collector that has run; a new one would know no agent, key, address.

    Raises ConfigError for any other folder.
    """
    from collector.places import operator_token_file  # noqa: PLC0415

    data = Path(data_dir)
    if not operator_token_file(data).exists():
        found = f"expected the folder of a collector, no collector has run in {data}"
        hint = f"start `govnet serve --data {data}` first, or give the right folder with --data"
        raise ConfigError([f"--data: {found}: {hint}"])
    return data


def _address(data: Path) -> str:
    from collector.places import public_url  # noqa: PLC0415

    return public_url(data)


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _log_to_stderr(level: str) -> None:
    """Print `event key=value ...`; foreign text is quoted."""
    handler = logging.StreamHandler()
    handler.setFormatter(_EventFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # Their own accounts of every start and request repeat ours.
    for name in ("uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _EventFormatter(logging.Formatter):
    """`2026-11-22T01:02:03Z INFO collector.intake.ingest: event key='value'`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Add the event's fields."""
        fields = [
            f" {key}={value!r}"
            for key, value in vars(record).items()
            if key not in _STANDARD_FIELDS
        ]
        return super().formatMessage(record) + "".join(fields)
