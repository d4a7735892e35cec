"""`govnet users`: who may sign in to the pages, what they see and may do."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collector.commands.arguments import (
    Commands,
    add_command,
    add_data,
    add_group,
    add_inventory_option,
    existing_data,
    table,
    utc,
)
from govnet.errors import ConfigError

if TYPE_CHECKING:
    from collector.accounts.records import Account
    from collector.store import Store

ROLES = ("viewer", "operator", "admin")
_ROLE_HELP = (
    "viewer: sees; operator: also acknowledges, plans maintenance, approves agents;"
    " admin: also accounts and tokens"
)


def add(commands: Commands) -> None:
    """Add the commands of this file."""
    actions = add_group(commands, "users", "Accounts of people: who may sign in to the pages.")
    new = add_command(
        actions,
        "add",
        "Make an account and print a link by which its holder chooses a password within a day.",
        add_user,
    )
    _add_name(new)
    new.add_argument(
        "--role", choices=ROLES, default="viewer", help=f"{_ROLE_HELP} (default: viewer)"
    )
    _add_rights(new, "(default: its name)", "(default: the whole province)")
    listing = add_command(
        actions, "list", "List accounts: what they see and may do, and what they lack.", list_users
    )
    add_data(listing)
    _add_passwd(actions)
    role = add_command(
        actions,
        "role",
        "Give an account another role, scope or title; it holds from its next request on.",
        change_role,
    )
    _add_name(role)
    role.add_argument("--role", choices=ROLES, help=f"{_ROLE_HELP} (default: as it is)")
    _add_rights(role, "(default: as it is)", '(default: as it is; "": the whole province)')
    for name, text, handler in (
        ("disable", "Let nobody sign in by an account; who is signed in is out at once.", disable),
        ("enable", "Let a disabled account sign in again, by the password that it had.", enable),
    ):
        command = add_command(actions, name, text, handler)
        _add_name(command)
        add_data(command)
    totp = add_command(
        actions,
        "totp",
        "Ask an account for no codes any more: its telephone is lost. People switch codes on"
        " themselves, on the page of their account.",
        codes_off,
    )
    _add_name(totp)
    totp.add_argument("--off", action="store_true", required=True, help="ask for none (required)")
    add_data(totp)


def _add_passwd(actions: Commands) -> None:
    passwd = add_command(
        actions,
        "passwd",
        "Set a password, read from the terminal or from standard input, never from an argument;"
        " whoever signs in with it has to choose another one. All its sessions end.",
        set_password,
    )
    _add_name(passwd)
    passwd.add_argument(
        "--link",
        action="store_true",
        help="print a link instead, good for a day, by which its holder chooses one",
    )
    add_data(passwd)


def _add_name(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="name to sign in by (required)")


def _add_rights(command: argparse.ArgumentParser, title: str, scope: str) -> None:
    command.add_argument("--title", metavar="TEXT", help=f'how people call them, "Trực ca" {title}')
    command.add_argument(
        "--scope",
        metavar="UNIT",
        help=f"sees only sites whose unit is this one or lies under it {scope}",
    )
    add_inventory_option(command)
    add_data(command)


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator["Store"]:
    from collector.store import open_store  # noqa: PLC0415

    store = open_store(existing_data(options.data_dir))
    try:
        yield store
    finally:
        store.close()


def add_user(options: argparse.Namespace) -> int:
    """Make an account and print its first link."""
    from collector.accounts import saved  # noqa: PLC0415
    from collector.accounts.records import (  # noqa: PLC0415
        Rights,
        Role,
        checked_name,
        name_of,
        rights_problems,
    )
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    problems, name = [], name_of(options.name)
    try:
        checked_name(options.name)
    except ConfigError as exc:
        problems = exc.problems
    title = (options.title or "").strip() or name
    rights = Rights(title, Role(options.role), options.scope or None)
    problems += rights_problems(load(options.inventory), rights)
    if problems:
        raise ConfigError(problems)
    with _opened(options) as store:
        token = saved.add(store, name, rights, time.time())
    return _print_link(options, token)


def change_role(options: argparse.Namespace) -> int:
    """Give an account other rights."""
    from collector.accounts import saved  # noqa: PLC0415
    from collector.accounts.records import Rights, Role, rights_problems  # noqa: PLC0415
    from inventory.load import load  # noqa: PLC0415

    existing_data(options.data_dir)
    if options.role is None and options.scope is None and options.title is None:
        raise ConfigError(["expected --role, --scope or --title, got none of them"])
    inventory = load(options.inventory)
    with _opened(options) as store:
        known = _known(store, options.name)
        role = Role(options.role) if options.role else known.role
        scope = known.scope if options.scope is None else options.scope or None
        title = known.title if options.title is None else options.title.strip() or known.name
        rights = Rights(title, role, scope)
        if problems := rights_problems(inventory, rights):
            raise ConfigError(problems)
        saved.set_rights(store, known.name, rights, time.time())
    print(f"{known.name}: {rights}")
    return 0


def list_users(options: argparse.Namespace) -> int:
    """Print all accounts."""
    from collector.accounts.saved import every  # noqa: PLC0415

    with _opened(options) as store:
        found = every(store)
    if not found:
        print("there is no account; govnet users add makes one", file=sys.stderr)
        return 0
    head = ("name", "title", "role", "scope", "codes", "state", "since")
    lines = [
        (
            one.name,
            one.title,
            one.role.value,
            one.scope or "province",
            "on" if one.totp else "off",
            _state(one),
            utc(one.disabled_at or one.created_at),
        )
        for one in found
    ]
    print(table([head, *lines]))
    return 0


def _state(account: "Account") -> str:
    if account.disabled_at is not None:
        return "disabled"
    if account.password is None:
        return "no password yet"
    return "must change password" if account.must_change else "active"


def set_password(options: argparse.Namespace) -> int:
    """Set a password, or print a link by which somebody sets it."""
    from collector.accounts import saved  # noqa: PLC0415
    from collector.accounts.passwords import Hashes, mistakes  # noqa: PLC0415

    with _opened(options) as store:
        name = _known(store, options.name).name
        if options.link:
            return _print_link(options, saved.make_password_link(store, name, time.time()))
        password = _read_password(name)
        if wrong := mistakes(password, name):
            raise ConfigError(list(wrong))
        made = Hashes().made(password)
        saved.set_password(store, name, made, time.time(), must_change=True)
    print(f"{name}: has a new password, which its holder has to change after signing in")
    return 0


def _read_password(name: str) -> str:
    """Read it twice from a terminal, else one line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("The same again: ") != password:
        raise ConfigError(["expected the same password twice, got two different ones"])
    return password


def disable(options: argparse.Namespace) -> int:
    """Let nobody sign in by an account."""
    from collector.accounts.saved import disable as change  # noqa: PLC0415

    return _changed(options, change, "is disabled, and its sessions have ended")


def enable(options: argparse.Namespace) -> int:
    """Let a disabled account sign in again."""
    from collector.accounts.saved import enable as change  # noqa: PLC0415

    return _changed(options, change, "may sign in again")


def codes_off(options: argparse.Namespace) -> int:
    """Ask an account for no codes any more."""
    from collector.accounts import saved  # noqa: PLC0415

    def change(store: "Store", name: str, now: float) -> None:
        saved.set_totp(store, name, None, now)

    return _changed(options, change, "needs no code any more")


def _changed(
    options: argparse.Namespace, change: Callable[["Store", str, float], None], done: str
) -> int:
    with _opened(options) as store:
        name = _known(store, options.name).name
        change(store, name, time.time())
    print(f"{name}: {done}")
    return 0


def _known(store: "Store", given: str) -> "Account":
    """Return the account that was named; raises ConfigError."""
    from collector.accounts.records import name_of  # noqa: PLC0415
    from collector.accounts.saved import existing  # noqa: PLC0415

    return existing(store, name_of(given))


def _print_link(options: argparse.Namespace, token: str) -> int:
    from collector.places import public_url  # noqa: PLC0415

    print(f"{public_url(existing_data(options.data_dir))}/password?once={token}")
    return 0
