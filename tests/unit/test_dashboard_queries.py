"""Variables are filled in as Grafana does it, and what Prometheus says is judged."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs

import pytest

from dashboards.source.__main__ import main
from dashboards.source.asking import PromError, Prometheus, Span, answers
from dashboards.source.queries import as_text, everything, filled, named, parsed, values_of
from tests.web_server import Asked, answering

Said = Callable[[str, dict[str, list[str]]], tuple[int, object]]
SPAN = Span(end=1_790_000_000.0)
SERIES = [{"metric": {"site": "xa-a"}, "value": [1_790_000_000, "1"]}]


def vector(series: list[dict[str, Any]]) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "vector", "result": series}}


@pytest.fixture
def prometheus() -> Iterator[Callable[[Said], str]]:
    """Serve what a function says of a path and its form; return the address."""
    with ExitStack() as stack:

        def serve(say: Said) -> str:
            def answer(asked: Asked) -> tuple[int, dict[str, str], bytes]:
                status, said = say(asked.path, parse_qs(asked.body.decode()))
                return status, {}, said if isinstance(said, bytes) else json.dumps(said).encode()

            return stack.enter_context(answering(answer))

        yield serve


def board(expr: str, *, instant: bool = True, variables: object = ()) -> dict[str, Any]:
    """Return a dashboard with one panel of one query."""
    target = {"refId": "A", "expr": expr, "instant": instant}
    return {
        "title": "Toàn tỉnh",
        "panels": [{"type": "stat", "title": "Số điểm", "targets": [target]}],
        "templating": {"list": list(variables)},  # type: ignore[call-overload]
    }


SITE = {
    "name": "site",
    "type": "query",
    "query": {"query": "query_result(count by (site, site_name) (govnet_site_info))"},
    "regex": '/site="(?<value>[^"]*)".*site_name="(?<text>[^"]*)"/',
}


def test_names_in_both_forms_are_filled_and_groups_of_label_replace_stay():
    expr = 'label_replace(m{site=~"$site", unit="${unit}"}[$__range], "a", "$1", "b", "(.+)")'

    assert {"site", "unit", "__range"} == named(expr)
    assert 'label_replace(m{site=~"(a|b)", unit="x"}[60s], "a", "$1", "b", "(.+)")' == filled(
        expr, {"site": "(a|b)", "unit": "x", "__range": "60s"}
    )


def test_an_unknown_variable_is_not_passed_over():
    with pytest.raises(KeyError):
        filled('m{site=~"$sites"}', {"site": "a"})


def test_a_value_that_means_something_in_a_regular_expression_is_taken_as_it_is():
    """Grafana escapes it for the expression, and the backslash for the quotes."""
    chosen = everything({"name": "disk"}, ["C:", "a.b"])

    assert 'm{disk=~"(C:|a\\\\.b)"}' == filled('m{disk=~"$disk"}', {"disk": chosen})


def test_all_is_what_the_variable_says_it_is():
    assert ".*" == everything({"name": "level", "allValue": ".*"}, ["commune"])


def test_a_choice_by_name_gives_ids():
    text = as_text({"site_name": 'Trụ sở "A", xã B', "site": "xa-b"})

    assert ["xa-b"] == values_of(SITE, [text])


def test_a_variable_that_asks_otherwise_is_refused():
    with pytest.raises(ValueError, match="expected label_values"):
        parsed("metrics(govnet)")


def test_what_a_variable_finds_stands_in_the_query(prometheus: Callable[[Said], str]):
    found: list[str] = []

    def say(_: str, form: dict[str, list[str]]) -> tuple[int, object]:
        found.append(form["query"][0])
        series = {"metric": {"site": "xa-a", "site_name": "Xã A"}, "value": [0, "1"]}
        return 200, vector([series])

    url = prometheus(say)
    came = answers(Prometheus(url), board('up{site=~"$site"}', variables=[SITE]), SPAN)

    assert ["", ""] == [answer.problem for answer in came]
    assert 'up{site=~"(xa-a)"}' == found[-1]


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ([], "no series"),
        ([{"metric": {}, "value": [0, "NaN"]}], "only NaN"),
        ([{"metric": {}, "value": [0, "NaN"]}, {"metric": {}, "value": [0, "0"]}], ""),
    ],
)
def test_an_answer_without_a_number_shows_nothing(
    prometheus: Callable[[Said], str], result: list[dict[str, Any]], problem: str
):
    (answer,) = answers(Prometheus(prometheus(lambda *_: (200, vector(result)))), board("up"), SPAN)

    assert problem == answer.problem


def test_a_range_is_asked_in_steps_and_judged_by_all_its_points(
    prometheus: Callable[[Said], str],
):
    asked: list[tuple[str, dict[str, list[str]]]] = []

    def say(path: str, form: dict[str, list[str]]) -> tuple[int, object]:
        asked.append((path, form))
        series = [{"metric": {}, "values": [[0, "NaN"], [15, "1"]]}]
        return 200, {"status": "success", "data": {"resultType": "matrix", "result": series}}

    (answer,) = answers(
        Prometheus(prometheus(say)), board("rate(m[$__rate_interval])", instant=False), SPAN
    )

    ((path, form),) = asked
    assert ("", "/api/v1/query_range") == (answer.problem, path)
    assert (["rate(m[240s])"], ["15"]) == (form["query"], form["step"])
    assert 3600 == float(form["end"][0]) - float(form["start"][0])


def test_a_query_that_prometheus_refuses_is_said_with_its_reason(
    prometheus: Callable[[Said], str], capsys: pytest.CaptureFixture[str]
):
    refused = {"status": "error", "errorType": "bad_data", "error": "parse error"}

    def say(_: str, form: dict[str, list[str]]) -> tuple[int, object]:
        return (200, vector(SERIES)) if form.get("query") == ["vector(1)"] else (400, refused)

    status = main(["check", prometheus(say)])

    said = capsys.readouterr().out
    assert 1 == status
    assert "LỖI     Toàn tỉnh / Hoạt động / A: bad_data: parse error" in said


def test_who_is_no_prometheus_is_named_and_nothing_is_judged(
    prometheus: Callable[[Said], str], capsys: pytest.CaptureFixture[str]
):
    url = prometheus(lambda *_: (404, b"<html>"))

    assert 2 == main(["check", url])
    assert f"{url}: expected Prometheus' JSON, found status 404\n" == capsys.readouterr().err


def test_who_does_not_answer_is_named():
    """Port 9 of loopback (discard): nobody listens there."""
    with pytest.raises(PromError, match=r"http://127\.0\.0\.1:9"):
        Prometheus("http://127.0.0.1:9").instant("vector(1)", 0.0)
