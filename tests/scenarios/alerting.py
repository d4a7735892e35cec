"""Asks promtool which alerts our rules raise from what was said in a scenario.

What the rules read is played to them as it was exposed. Nothing is asked of single annotations:
only who is paged about what, and when.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.scenarios import local_time
from tests.scenarios.reading import ALERTS, ALWAYS, RULES, Recording
from tests.scenarios.scenario import Alert, Scenario

_EVALUATION_SECONDS = 30.0
_KINDS = {name: kind for kind, names in ALERTS.items() for name in names}
_FOUND = re.compile(r"\{([^{}]*alertname=[^{}]*)\} ")
_MOMENT = re.compile(r"time: ([0-9hms.]+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_TIMEOUT_SECONDS = 300

Fired = dict[tuple[str, str], list[float]]
"""By kind and site: when it was firing (Unix seconds)."""


def mistakes(scenario: Scenario, recording: Recording, folder: Path) -> list[str]:
    """Return every alert that fired and should not have, or the other way round."""
    fired = fired_alerts(scenario, recording, folder)
    found = []
    for alert in scenario.alerts:
        found += _compared(scenario, alert, fired.pop((alert.kind, alert.site), []))
    for (kind, site), times in sorted(fired.items()):
        first = local_time.text_of(times[0], scenario.begins.date())
        found.append(f"alert {kind} {site}: must not fire, did so from {first}")
    return found


def _compared(scenario: Scenario, alert: Alert, times: list[float]) -> Iterator[str]:
    name = f"alert {alert.kind} {alert.site}".rstrip()
    if not times:
        if not alert.may:
            yield f"{name}: expected, did not fire"
        return
    first = local_time.text_of(times[0], scenario.begins.date())
    last = local_time.text_of(times[-1], scenario.begins.date())
    if alert.by and times[0] > scenario.at(alert.by):
        yield f"{name}: expected by {alert.by}, fired from {first}"
    if alert.not_before and times[0] < scenario.at(alert.not_before):
        yield f"{name}: expected not before {alert.not_before}, fired from {first}"
    if alert.gone_by and times[-1] > scenario.at(alert.gone_by):
        yield f"{name}: expected to be over by {alert.gone_by}, fired until {last}"


def fired_alerts(scenario: Scenario, recording: Recording, folder: Path) -> Fired:
    """Return which alerts fired when, as promtool finds it.

    promtool only compares: it is told to expect nothing, and says what it found instead.
    """
    step = scenario.step_seconds
    evaluation = max(_EVALUATION_SECONDS, step)
    start = recording.looks[0]
    moments = range(0, int((len(recording.looks) - 1) * step) + 1, int(evaluation))
    names = "|".join(sorted(ALWAYS))
    asked = f'count by (alertname, site) (ALERTS{{alertstate="firing", alertname!~"{names}"}})'
    case = {
        "interval": f"{int(step)}s",
        "input_series": [
            {"series": series, "values": " ".join(values)} for series, values in _input(recording)
        ],
        "promql_expr_test": [
            {"expr": asked, "eval_time": f"{moment}s", "exp_samples": []} for moment in moments
        ],
    }
    file = folder / f"{scenario.name}.yml"
    plain = {
        "rule_files": [str(rules) for rules in RULES],
        "evaluation_interval": f"{int(evaluation)}s",
        "tests": [case],
    }
    file.write_text(yaml.dump(plain, Dumper=_DUMPER, allow_unicode=True), "utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", str(file)],
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    )
    fired = _read(done.stderr, start)
    if done.returncode != 0 and not fired:
        raise AssertionError(f"promtool cannot play {file}: {done.stdout}{done.stderr}")
    return fired


def _input(recording: Recording) -> Iterator[tuple[str, list[str]]]:
    """Yield every series in promtool's notation; its clock starts at 0."""
    start, looks = recording.looks[0], len(recording.looks)
    for series, changes in recording.series.items():
        is_time = "_timestamp_seconds" in series.partition("{")[0]
        if not any(value for _, value in changes) and "health_code" not in series:
            continue  # What never was so raises nothing.
        yield series, list(_values(changes, looks, start if is_time else 0.0))
    yield 'up{job="govnet"}', list(_values(_is_up(recording), looks, 0.0))


def _is_up(recording: Recording) -> list[tuple[int, float | None]]:
    """Return when the collector could be read, from what it always exposes."""
    told = recording.series.get("govnet_collector_config_last_reload_successful", [])
    return [(number, 0.0 if value is None else 1.0) for number, value in told]


def _values(changes: list[tuple[int, float | None]], looks: int, offset: float) -> Iterator[str]:
    """Yield runs of equal values: `_xN` is N times nothing, `VxN` is V and N times V again.

    What a scrape does not find any more ends at once, which Prometheus marks by a stale sample.
    """
    if changes and changes[0][0] > 0:
        yield f"_x{changes[0][0]}"
    for index, (first, value) in enumerate(changes):
        behind = changes[index + 1][0] if index + 1 < len(changes) else looks
        if behind <= first:
            continue
        if value is not None:
            yield f"{value - offset:.6f}x{behind - first - 1}"
            continue
        yield "stale"
        if behind - first > 1:
            yield f"_x{behind - first - 1}"


def _read(text: str, start: float) -> Fired:
    """Read what promtool found at every moment."""
    fired: Fired = {}
    at = start
    for line in text.splitlines():
        if moment := _MOMENT.search(line):
            at = start + _seconds(moment[1])
            continue
        for found in _FOUND.findall(f"{line} "):
            labels = dict(_LABEL.findall(found))
            kind = _KINDS.get(labels["alertname"], labels["alertname"])
            times = fired.setdefault((kind, labels.get("site", "")), [])
            if at not in times[-1:]:
                times.append(at)
    return fired


def _seconds(text: str) -> float:
    """Read a duration like `1h2m30s`."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(n) * units[unit] for n, unit in re.findall(r"([0-9.]+)([hms])", text))


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
