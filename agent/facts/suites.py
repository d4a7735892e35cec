"""Office suites: the only programs that are looked for by name. Pure."""

from collections.abc import Iterable, Iterator

USUAL = ("Microsoft Office", "Microsoft 365", "LibreOffice", "WPS Office", "ONLYOFFICE")
"""Looked for where the settings name none."""


def installed(programs: Iterable[tuple[str, str]], suites: Iterable[str]) -> Iterator[str]:
    """Yield `suite version` for every suite that is among the programs (name, version), sorted.

    Only the suite's own name of the list is given back, never that of a program.
    """
    wanted = tuple(suites) or USUAL
    found = {
        f"{suite} {version}".strip()
        for name, version in programs
        for suite in wanted
        if _squeezed(name).startswith(_squeezed(suite))
    }
    yield from sorted(found)


def _squeezed(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
