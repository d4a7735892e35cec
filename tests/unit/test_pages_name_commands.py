"""A command that a page tells people to run is one that there is."""

import re
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

import pytest

import collector.pages
from collector.cli import parser

PAGES = Path(collector.pages.__file__).parent
COMMAND = re.compile(r"\bgovnet ([a-z][a-z-]+)(?: ([a-z][a-z-]+))?")
FILES = sorted([*PAGES.glob("*.py"), *PAGES.glob("templates/*.html")])


def below(command: ArgumentParser) -> dict[str, ArgumentParser]:
    """Return the commands below a command, none below one that has none."""
    return {
        name: each
        for action in command._actions
        if isinstance(action, _SubParsersAction)
        for name, each in action.choices.items()
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_command_that_a_page_names_is_there(file: Path):
    known = below(parser())
    for first, second in COMMAND.findall(file.read_text("utf-8")):
        assert first in known, f"govnet {first}"
        under = below(known[first])
        assert not under or second in under, f"govnet {first} {second}"
