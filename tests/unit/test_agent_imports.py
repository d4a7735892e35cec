"""What the agent loads: the standard library, psutil and its own; imports are its weight."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

_LIST_MODULES = """
import json, sys

OURS = {"agent", "govnet"}

class Refuse:
    # Stands before every other finder, as if nothing else were installed.
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in OURS or "psutil" in top:
            return None
        raise ModuleNotFoundError(f"not for the agent: {name}", name=name)

sys.meta_path.insert(0, Refuse())
before = set(sys.modules)
%s
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def modules_after(statements: str) -> set[str]:
    """Return what a fresh interpreter loads by the statements, where nothing else can be found."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES % statements],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_running_agent_needs_the_standard_library_and_psutil_only():
    loaded = modules_after("import agent.cli, agent.commands, agent.service")

    assert {"agent.measuring.runner", "agent.sending.send", "psutil"} <= loaded


NAMES = (
    "machine",
    "lan",
    "facts",
    "link",
    "path",
    "reflector",
    "always_on",
    "conference",
    "service",
    "registrar",
    "device",
    "trap",
)


@pytest.mark.parametrize("name", NAMES)
def test_every_check_needs_the_standard_library_and_psutil_only(name: str):
    loaded = modules_after(f"from agent.checks.table import load; load({name!r})")

    assert f"agent.checks.{name}" in loaded


RUN = "import agent.cli; agent.cli.main(['run', '--config', 'README.md'])"
"""As a service manager starts it; everything is loaded before the file is found to be none."""


def test_the_running_agent_carries_nothing_heavy():
    loaded = modules_after(RUN)

    assert "agent.service" in loaded
    assert not loaded & {
        "argparse",
        "asyncio",
        "bz2",
        "concurrent.futures",
        "difflib",
        "email.generator",
        "gettext",
        "importlib.metadata",
        "lzma",
        "multiprocessing",
        "pickle",
        "shutil",
        "sqlite3",
        "statistics",
        "sysconfig",
        "tempfile",
        "unittest",
        "urllib.request",
        "uuid",
        "xml",
    }


def test_the_running_agent_carries_no_other_command():
    loaded = modules_after(RUN)

    assert not loaded & {
        "agent.commands",
        "agent.onsite.once",
        "agent.onsite.prometheus_text",
        "agent.onsite.show",
    }
    assert not loaded & {
        "agent.enrolment.enrol",
        "agent.enrolment.files",
        "agent.enrolment.first_contact",
        "agent.enrolment.join",
        "agent.enrolment.unattended",
    }


def test_a_check_is_loaded_only_when_it_is_ordered():
    loaded = modules_after(RUN)

    assert not any(name.startswith("agent.checks.") for name in loaded - CHECKS_ALWAYS_LOADED)


CHECKS_ALWAYS_LOADED = {"agent.checks.contract", "agent.checks.table"}
