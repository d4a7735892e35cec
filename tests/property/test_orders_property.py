"""Whatever settings come: they choose among the built-in checks and can start nothing else."""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agent.checks.always_on import AlwaysOnCheck
from agent.checks.contract import Context
from agent.checks.lan import LanCheck
from agent.checks.link import LinkCheck
from agent.checks.table import CHECKS
from agent.checks.table import load as load_check
from agent.clock import SystemClock
from agent.measuring.execute import execute
from agent.measuring.plan import Plan
from agent.probe import icmp
from agent.probe.echo import Method
from agent.probe.icmp import program as icmp_program
from agent.probe.trace import silent
from agent.sending.orders import FILE_NAME, read_orders
from govnet.errors import CheckError, WireError
from govnet.report import Sample
from govnet.settings import (
    CHECK_SETTINGS,
    AlwaysOnSettings,
    CheckSettings,
    LanSettings,
    LinkSettings,
    PathEnd,
    Peer,
    ServiceSettings,
    decode,
)

ROOT = Path(__file__).parents[2]
NAMES = {kind.check for kind in CHECK_SETTINGS}


class StillClock:
    def time(self) -> float:
        return 1790000000.0

    def monotonic(self) -> float:
        return 100.0


# --- only built-in checks -------------------------------------------------------------------------

hostile_names = st.sampled_from(
    (
        "exec",
        "shell",
        "../machine",
        "os",
        "subprocess",
        "agent.enrolment.enrol",
        "Machine",
        "machine ",
        "",
    )
)
texts = st.text(max_size=20) | st.sampled_from(
    ("-h", "; id", "$(id)", "`id`", "file:///etc/passwd", "javascript:1", "127.0.0.1", "a\0b")
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    ("address", "url", "ends", "peers", "gateway", "protocols", "command", "program", "run", "path")
)
records = st.builds(
    lambda name, target, more: {"check": name, "target": target} | more,
    st.sampled_from(sorted(NAMES)) | hostile_names | texts | plain,
    texts | plain,
    st.dictionaries(fields | texts, plain, max_size=4),
)
bodies = st.builds(
    lambda checks, more: json.dumps(
        {"v": 1, "agent": "a", "site": "s", "machine": "m"} | more | {"checks": checks}
    ).encode(),
    st.lists(records | plain, max_size=6) | plain,
    st.dictionaries(fields | texts, plain, max_size=3),
)


class Silent:
    """A check that measures nothing."""

    name = "silent"
    metrics = ()

    def run(self, _target: CheckSettings, _context: Context) -> Iterable[Sample]:
        return ()


@given(bodies | st.binary(max_size=200))
@hypothesis_settings(max_examples=400)
def test_only_names_of_built_in_checks_are_ever_loaded(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
):
    state_dir = tmp_path_factory.mktemp("state")
    (state_dir / FILE_NAME).write_bytes(body)
    asked_for: list[str] = []

    def load(name: str) -> Any:
        asked_for.append(name)
        return Silent()

    orders = read_orders(state_dir, "a")
    if orders is not None:
        plan = Plan("a")
        plan.take_over(orders.settings, 0.0)
        context = Context(timeout_seconds=10.0, deadline=110.0, clock=StillClock())
        for task in plan.due(1e9):
            finding = execute(load, task.settings, context)
            assert finding.error is None

    assert set(asked_for) <= NAMES


@given(hostile_names | texts)
def test_a_name_that_is_not_built_in_loads_nothing(name: str):
    if name in NAMES:
        return
    before = set(sys.modules)

    with pytest.raises(KeyError):
        load_check(name)

    assert set(sys.modules) == before


@given(hostile_names | texts, texts)
def test_an_unknown_check_is_skipped_and_its_neighbours_are_not(name: str, target: str):
    machine = {"check": "machine", "target": "pc-1"}
    body = {
        "v": 1,
        "agent": "a",
        "site": "s",
        "machine": "m",
        "checks": [{"check": name, "target": target, "command": ["id"]}, machine],
    }
    if name in NAMES:
        return

    try:
        found = decode(json.dumps(body).encode())
    except WireError:
        return

    assert [check.check for check in found.checks] == ["machine"]


def test_the_table_of_checks_is_what_can_be_ordered():
    assert set(CHECKS) == NAMES


# --- no program but ours --------------------------------------------------------------------------

_started: list[list[str]] = []
_listening = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _listening:
        return
    if event == "subprocess.Popen":
        _started.append([str(word) for word in arguments[1]])
    elif event in ("os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"):
        _started.append([event])


sys.addaudithook(_hook)  # For good, as Python has it; it does nothing outside `programs`.


@contextmanager
def programs() -> Iterator[list[list[str]]]:
    """Give every command line that is started meanwhile."""
    global _listening  # noqa: PLW0603 - a hook cannot be taken out again
    _started.clear()
    _listening = True
    try:
        yield _started
    finally:
        _listening = False


FIXED = (["ip", "-o", "neigh", "show"],)
"""Other than `ping`: without a word that settings could choose."""


def is_ours(command: list[str]) -> bool:
    """Whether it is a fixed command, or `ping` with an address in numbers that can be no option."""
    if command in FIXED:
        return True
    return re.fullmatch(PING, " ".join(command)) is not None


PING = r"ping -n -c [12] -i 0\.2 -W [0-9.]+ -s 56 -- 127\.0\.0\.1"
HOSTILE = (
    "-h",
    "--help",
    "-c1000000",
    "; id",
    "$(id)",
    "127.0.0.1; id",
    "127.0.0.1 -f",
    "-f 127.0.0.1",
    "|id",
    "127.0.0.1\n-f",
    "127.0.0.1",
)
by_program = partial(icmp.ping, methods=(Method.PROGRAM,))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_address_in_settings_becomes_an_option_or_a_program(text: str):
    link = LinkSettings(target="l", ends=(PathEnd(end="far", address=text),), probes=1)
    always_on = AlwaysOnSettings(target="d", address=text, probes=1)
    peers = (Peer(id="p", address=text),)
    lan = LanSettings(target="m", gateway=text, peers=peers, resolver_name=text)
    checks: list[tuple[Any, CheckSettings]] = [
        (LinkCheck(ping=by_program), link),
        (AlwaysOnCheck(ping=by_program), always_on),
        (LanCheck(ping=by_program), lan),
    ]

    with programs() as started:
        for check, record in checks:
            _run(check, record)
        found = list(started)

    assert all(is_ours(command) for command in found), found
    pings = [command for command in found if command[0] == "ping"]
    assert bool(pings) == (text == "127.0.0.1")


def _run(check: Any, record: CheckSettings) -> None:
    clock = SystemClock()
    context = Context(timeout_seconds=1.5, deadline=clock.monotonic() + 1.5, clock=clock)
    execute(lambda _name: check, record, context)


@given(st.text(max_size=30) | st.sampled_from(HOSTILE[:-1]))
def test_ping_is_not_started_for_what_is_no_address_in_numbers(address: str):
    with programs() as started, pytest.raises((CheckError, icmp_program.PingUnavailableError)):
        icmp_program.ping(
            address,
            count=1,
            interval_seconds=1.0,
            timeout_seconds=1.0,
            size_bytes=56,
            trace=silent,
            program="/there-is-none/ping",
        )

    assert all(command[-2] == "--" and not command[-1].startswith("-") for command in started)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x", "data:,x"])
def test_a_scheme_that_is_no_service_opens_no_file(url: str):
    opened: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str):
            opened.append(arguments[0])

    check = load_check("service")
    watching = [watch]
    sys.addaudithook(lambda event, given: watching[0](event, given) if watching else None)
    with programs() as started:
        _run(check, ServiceSettings(target="s", url=url))
    watching.clear()

    assert "/etc/passwd" not in opened
    assert started == []


# --- read from the sources ------------------------------------------------------------------------

PROGRAMS_ONLY_IN = {"agent/probe/program.py", "agent/listening/reflector_process.py"}
MODULES_BY_NAME_ONLY_IN = {
    "agent/byhand/table.py",
    "agent/checks/table.py",
    "agent/probe/system/registry.py",
}
PORTS_ONLY_IN = "agent/listening/"
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "listen", "create_server"}
STARTS = re.compile(r"os\.(system|popen|startfile|fork\w*|exec\w+|spawn\w+|posix_spawn\w*)")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "agent").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def names_in(
    tree: ast.Module, kind: type[ast.AST], pick: Callable[[Any], Iterable[str]]
) -> set[str]:
    return {name for node in ast.walk(tree) if isinstance(node, kind) for name in pick(node)}


def called(node: ast.Call) -> Iterable[str]:
    """Yield the function's own name, and `os.name` for one of that module."""
    if isinstance(node.func, ast.Name):
        yield node.func.id
    elif isinstance(node.func, ast.Attribute):
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if owner != "re":  # re.compile is another one.
            yield node.func.attr
        yield f"{owner}.{node.func.attr}"


def test_programs_are_started_in_two_places_and_ports_are_opened_in_one():
    for name, tree in sources():
        imported = names_in(tree, ast.Import, lambda node: [alias.name for alias in node.names])
        imported |= names_in(tree, ast.ImportFrom, lambda node: [node.module or ""])
        calls = names_in(tree, ast.Call, called)
        if name not in PROGRAMS_ONLY_IN:
            assert "subprocess" not in imported, name
        if name not in MODULES_BY_NAME_ONLY_IN:
            assert "import_module" not in calls, name
        if not name.startswith(PORTS_ONLY_IN):
            assert "bind" not in calls, name
        assert not imported & {"pickle", "marshal", "pty", "shelve", "socketserver", "http.server"}
        assert not calls & FORBIDDEN_CALLS, (name, calls & FORBIDDEN_CALLS)
        assert not [call for call in calls if STARTS.fullmatch(call)], name
