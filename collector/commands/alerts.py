"""`govnet alerts test`: one alert through the whole chain, followed stage by stage."""

import argparse

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    existing_data,
)
from collector.commands.services import (
    add_alertmanager,
    add_prometheus,
    alertmanager,
    prometheus,
)
from govnet.errors import GovnetError

DEFAULT_TIMEOUT_SECONDS = 180.0


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "alerts", "Whether alerts reach people.")
    test = add_command(
        actions,
        "test",
        "Send one test alert the whole way and tell how far it came; 1 if it is stuck.",
        try_alerts,
    )
    add_prometheus(test)
    add_alertmanager(test)
    test.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        default=DEFAULT_TIMEOUT_SECONDS,
        help=f"how long to wait for all of it (default: {DEFAULT_TIMEOUT_SECONDS:g})",
    )
    add_data(test)


def try_alerts(options: argparse.Namespace) -> int:
    """Start a test alert and follow it."""
    from collector.alerts import chain  # noqa: PLC0415
    from collector.local_call import get_as_operator, post_as_operator  # noqa: PLC0415

    data = existing_data(options.data_dir)
    reads, tells = prometheus(options), alertmanager(options)
    before = chain.sent(tells)
    answer = post_as_operator(data, "/v1/alerts/test")
    if not answer.ok:
        raise GovnetError(f"{answer.url}: {answer.json()['detail']}")
    trial = answer.json()["id"]
    print(f"test alert {trial}: started")
    way = chain.stages(
        trial,
        lambda: get_as_operator(data, "/metrics/verdicts").text,
        reads,
        tells,
        before,
    )
    if not chain.follow(way, lambda line: print(line, flush=True), options.timeout):
        return 1
    print("the whole chain works; whoever is on duty has got a message that begins with «Thử»")
    return 0
