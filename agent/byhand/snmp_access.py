"""With what a person at the site asks a device by SNMP: options whose secrets come from files."""

import argparse

from agent.byhand import ranges, secret_file
from govnet.errors import ConfigError
from govnet.settings import Secret, SnmpAccess

AUTHENTICATIONS = ("sha", "sha224", "sha256", "sha384", "sha512")
PRIVACIES = ("aes128", "aes192", "aes256")


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options that `access` reads."""
    usual = SnmpAccess()
    command.add_argument(
        "--snmp-version",
        choices=("1", "2c", "3"),
        help=f"version of SNMP (default: {usual.version}, 3 with --user)",
    )
    command.add_argument(
        "--community-file",
        metavar="FILE",
        help='file with the community, - for standard input (default: "public")',
    )
    command.add_argument("--user", metavar="NAME", help="user of SNMPv3 (default: none)")
    command.add_argument(
        "--authentication", choices=AUTHENTICATIONS, help="of SNMPv3 (default: none)"
    )
    command.add_argument(
        "--authentication-key-file", metavar="FILE", help="file with its key (default: none)"
    )
    command.add_argument("--privacy", choices=PRIVACIES, help="of SNMPv3 (default: none)")
    command.add_argument(
        "--privacy-key-file", metavar="FILE", help="file with its key (default: none)"
    )
    command.add_argument("--port", type=ranges.port, help=f"UDP port (default: {usual.port})")


def access(arguments: argparse.Namespace) -> SnmpAccess:
    """Return what the options say.

    Raises ConfigError for files that cannot be read, and for options that do not go together: left
    out of the question unsaid, they would make its answer say something else.
    """
    version = arguments.snmp_version or ("3" if arguments.user else "2c")
    problems = _misfits(arguments, version)
    if problems:
        raise ConfigError(problems)
    community = secret_file.read("--community-file", arguments.community_file)
    return SnmpAccess(
        version=version,
        community=community if arguments.community_file else Secret("public"),
        user=arguments.user or "",
        authentication=arguments.authentication or "",
        authentication_key=secret_file.read(
            "--authentication-key-file", arguments.authentication_key_file
        ),
        privacy=arguments.privacy or "",
        privacy_key=secret_file.read("--privacy-key-file", arguments.privacy_key_file),
        port=arguments.port or SnmpAccess().port,
    )


def _misfits(arguments: argparse.Namespace, version: str) -> list[str]:
    """Return what is given and does not belong to this version, and what it lacks."""
    given = {
        "--user": arguments.user,
        "--authentication": arguments.authentication,
        "--authentication-key-file": arguments.authentication_key_file,
        "--privacy": arguments.privacy,
        "--privacy-key-file": arguments.privacy_key_file,
    }
    if version != "3":
        return [
            f"{option}: expected only with version 3 and --user, got it with version {version}"
            for option, value in given.items()
            if value
        ]
    problems: list[str] = []
    if not arguments.user:
        problems.append("--user: expected the user of version 3, got none")
    if arguments.community_file:
        problems.append("--community-file: expected only with version 1 or 2c, got it with 3")
    for option, key in (
        ("--authentication", "--authentication-key-file"),
        ("--privacy", "--privacy-key-file"),
    ):
        if bool(given[option]) != bool(given[key]):
            there, missing = (option, key) if given[option] else (key, option)
            problems.append(f"{missing}: expected beside {there}, got none")
    if given["--privacy"] and not given["--authentication"]:
        problems.append("--authentication: expected beside --privacy, got none")
    return problems
