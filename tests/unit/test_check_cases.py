"""Every folder of tests/cases/CHECK/CASE is one run of a check on recorded answers of its probes.

- `settings.json`: the check's record, as the collector sends it
- `input.json`: `context`, and `answers`: what each question was answered with. A question is
  written as the probe's parameter name in the check's constructor and all arguments that say what
  is asked; `{"raises": "..."}` is a probe that could not ask. Fields that are left out are empty.
  `device` is a device that answers SNMP (tests/recorded_device.py), for a check's `snmp_get` and
  `snmp_walk`
- `expected.prom`: the samples, sorted. `expected.facts`: the facts, sorted. `expected.err`: the
  CheckError that ended the run

A case fails too when a question is asked that has no answer, when an answer is never asked for,
and when samples leave the catalogue. After a wanted change: `pytest --update-golden`, and read
the difference.
"""

import dataclasses
import enum
import inspect
import json
import types
import typing
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, Union

import pytest

from agent.checks.contract import Context, PreviousRun
from agent.checks.table import CHECKS
from govnet.catalogue import CATALOGUE
from govnet.errors import CheckError
from govnet.report import Fact, Sample
from govnet.settings import CheckSettings, decode
from tests.recorded_device import RecordedDevice

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(file.parent for name in CHECKS for file in (CASES / name).glob("*/input.json"))
NOT_PART_OF_A_QUESTION = ("timeout_seconds", "trace", "clock")
STARTED_AT = 1000.0


class StillClock:
    """A clock that shows what the case says."""

    def __init__(self, now: float) -> None:
        self._now = now

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return STARTED_AT


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _settings(folder: Path) -> CheckSettings:
    whole = {"v": 1, "agent": "a", "site": "s", "machine": "m", "checks": [_read(folder)]}
    (settings,) = decode(json.dumps(whole).encode()).checks
    return settings


def _nothing(hint: Any) -> Any:
    """Return the empty value of a field that a case leaves out."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, Union):
        return None
    if origin is not None and issubclass(origin, typing.Mapping):
        return {}
    return (origin or hint)()


def _decoded(hint: Any, plain: Any) -> Any:
    """Return decoded JSON as the type that the real probe returns."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, Union):
        if plain is None:
            return None
        (hint,) = (arm for arm in arguments if arm is not type(None))
        return _decoded(hint, plain)
    if origin in (tuple, list, frozenset):
        return origin(_decoded(arguments[0], item) for item in plain)
    if origin is not None and issubclass(origin, typing.Mapping):
        return {key: _decoded(arguments[1], item) for key, item in plain.items()}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        names = [field.name for field in dataclasses.fields(hint)]
        assert set(plain) <= set(names), f"{hint.__name__} has no {set(plain) - set(names)}"
        given = {
            name: _decoded(hints[name], plain[name]) if name in plain else _nothing(hints[name])
            for name in names
        }
        return hint(**given)
    if isinstance(hint, enum.EnumType):
        return hint(plain)
    if hint is bytes:
        return plain.encode()
    assert isinstance(plain, (int, float) if hint is float else hint), f"{plain!r} is no {hint}"
    return hint(plain)


def _word(value: Any) -> str:
    """Return an argument as questions are written in cases."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (tuple, list)):
        return ",".join(map(_word, value))
    return value.decode() if isinstance(value, bytes) else str(value)


class Probes:
    """The recorded answers, and which of them were asked for."""

    def __init__(self, answers: dict[str, Any], timeout_seconds: float) -> None:
        self._answers = answers
        self._timeout_seconds = timeout_seconds
        self.never_asked = set(answers)

    def instead_of(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is called like the real one and answers from the record."""
        signature = inspect.signature(real)
        returned = typing.get_type_hints(getattr(real, "func", real))["return"]

        def probe(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs).arguments
            if "timeout_seconds" in given:
                assert 0 < given["timeout_seconds"] < self._timeout_seconds
            words = [
                _word(value)
                if signature.parameters[key].kind is not inspect.Parameter.KEYWORD_ONLY
                else f"{key}={_word(value)}"
                for key, value in given.items()
                if key not in NOT_PART_OF_A_QUESTION and value not in ("", b"", ())
            ]
            question = " ".join([name, *words])
            assert question in self._answers, f"no answer recorded for: {question}"
            self.never_asked.discard(question)
            answer = self._answers[question]
            if isinstance(answer, dict) and set(answer) == {"raises"}:
                raise CheckError(answer["raises"])
            return _decoded(returned, answer)

        return probe


def _context(plain: dict[str, Any]) -> Context:
    timeout_seconds = plain.get("timeout_seconds", 10.0)
    previous = plain.get("previous_run")
    return Context(
        timeout_seconds=timeout_seconds,
        deadline=STARTED_AT + timeout_seconds - plain.get("elapsed_seconds", 0.0),
        clock=StillClock(plain.get("now", 1790000000.0)),
        previous_run=PreviousRun(**previous) if previous else None,
        clock_offset_seconds=plain.get("clock_offset_seconds"),
    )


def _line(sample: Sample) -> str:
    labels = ",".join(f'{key}="{value}"' for key, value in (sample.labels or {}).items())
    return (
        f"{sample.name}{{{labels}}} {sample.value:.15g}"
        if labels
        else (f"{sample.name} {sample.value:.15g}")
    )


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in sorted(texts))


def _check_catalogue(samples: list[Sample], check: Any) -> None:
    seen = set()
    for sample in samples:
        metric = CATALOGUE[sample.name]
        assert metric in check.metrics
        assert tuple(sample.labels or {}) == metric.sample_labels
        series = (sample.name, tuple((sample.labels or {}).items()))
        assert series not in seen, f"twice: {series}"
        seen.add(series)


def _run(folder: Path) -> tuple[str, str, str]:
    """Return samples and facts as sorted lines and the error as one, empty when there is none."""
    given = _read(folder / "input.json")
    context = _context(given.get("context", {}))
    probes = Probes(given.get("answers", {}), context.timeout_seconds)
    module, attribute = CHECKS[folder.parent.name]
    make = getattr(import_module(module), attribute)
    parameters = inspect.signature(make).parameters
    device = RecordedDevice(given.get("device", {"silent": True}))
    by_snmp = {"snmp_get": device.get, "snmp_walk": device.walk}
    check = make(
        **{
            name: by_snmp.get(name) or probes.instead_of(name, each.default)
            for name, each in parameters.items()
        }
    )
    given_back: list[Sample | Fact] = []
    error = ""
    try:
        # What was yielded before an error stays in the list.
        given_back.extend(check.run(_settings(folder / "settings.json"), context))
    except CheckError as exc:
        error = f"{exc}\n"
    samples = [one for one in given_back if isinstance(one, Sample)]
    facts = [f"{one.key}: {one.text}" for one in given_back if isinstance(one, Fact)]
    _check_catalogue(samples, check)
    assert not probes.never_asked
    return _lines(map(_line, samples)), _lines(facts), error


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_check_says_what_its_case_expects(folder: Path, request: pytest.FixtureRequest) -> None:
    names = ("expected.prom", "expected.facts", "expected.err")
    found = dict(zip(names, _run(folder), strict=True))
    if request.config.getoption("--update-golden"):
        for name, text in found.items():
            (folder / name).unlink(missing_ok=True)
            if text:
                (folder / name).write_text(text, encoding="utf-8")

    expected = {
        name: (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else ""
        for name in found
    }
    assert expected == found
    assert any(expected.values())
