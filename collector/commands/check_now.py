"""`govnet check-now`: a site's checks once more, and what came of it."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.commands.arguments import Commands, add_command, add_data, existing_data
from govnet.errors import ConfigError, GovnetError

if TYPE_CHECKING:
    from requests import Response

LOOK_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 15.0
"""Waited beyond the time at which agents that report have answered at the latest."""
_NOT_FOUND: Final = 404


def add(commands: Commands) -> None:
    """Add the command of this file."""
    command = add_command(
        commands,
        "check-now",
        "Run the checks of sites once more; agents learn of it with their next report.",
        check_now,
    )
    command.add_argument("site", metavar="SITE", nargs="+", help="id of a site (required)")
    command.add_argument(
        "--wait",
        action="store_true",
        help="wait for what comes of it; 1 if not all who look have answered (default: no)",
    )
    add_data(command)


def check_now(options: argparse.Namespace) -> int:
    """Ask for the checks of all named sites; 1 if one was refused, or not answered."""
    data = existing_data(options.data_dir)
    sites = list(dict.fromkeys(options.site))
    unknown, refused, asked = [], 0, []
    for site in sites:
        answer = _call(data, site, post=True)
        if answer.status_code == _NOT_FOUND:
            unknown.append(f"{site}: {answer.json()['detail']}")
        elif not answer.ok:
            refused += 1
            print(f"{site}: not asked: {_problem(answer)}", file=sys.stderr)
        else:
            asked.append(answer.json())
            print(_told(asked[-1], "before"), flush=True)
    answered = [_follow(data, before) for before in asked] if options.wait else []
    if unknown:
        raise ConfigError(unknown)
    return 1 if refused or not all(answered) else 0


def _follow(data: Path, before: dict[str, Any]) -> bool:
    """Wait for a site's answer and print it; return whether it is complete."""
    site, gives_up_at = before["site"], before["look_again_at"] + GRACE_SECONDS
    while True:
        answer = _call(data, site)
        if not answer.ok:
            raise GovnetError(f"{site}: {_problem(answer)}")
        found: dict[str, Any] = answer.json()
        is_over = time.time() >= gives_up_at
        if found["is_answered"] or is_over:
            print(_told(found, "after" if found["is_answered"] else "after, not by all"))
            return bool(found["is_answered"])
        time.sleep(LOOK_SECONDS)


def _call(data: Path, site: str, *, post: bool = False) -> "Response":
    from urllib.parse import quote  # noqa: PLC0415

    from collector.local_call import get_as_operator, post_as_operator  # noqa: PLC0415

    path = f"/v1/sites/{quote(site, safe='')}/check"
    return post_as_operator(data, path) if post else get_as_operator(data, path)


def _problem(answer: "Response") -> str:
    text = str(answer.json().get("detail", answer.status_code))
    retry = answer.headers.get("Retry-After")
    return text if retry is None else f"{text}; again in {retry} s"


def _told(found: dict[str, Any], when: str) -> str:
    """Return a site's verdict and how new the evidence is, one line for each who looks."""
    now = time.time()
    cause = f" ({found['cause']})" if found["cause"] else ""
    lines = [f"{found['site']}: {when}: {found['status']}{cause}, {_age(found['newest_at'], now)}"]
    for looker in found["lookers"]:
        silent = "" if looker["is_heard"] else ", does not report"
        lines.append(f"  {looker['machine']}: {_age(looker['looked_at'], now)}{silent}")
    return "\n".join(lines)


def _age(at: float | None, now: float) -> str:
    return "never looked" if at is None else f"looked {max(0.0, now - at):.0f} s ago"
