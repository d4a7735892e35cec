"""What Grafana wants told of a dashboard (classic JSON, schema version 42), and nothing of govnet.

Names of fields are those of the `Dashboard` type of the npm package @grafana/schema.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

SCHEMA_VERSION: Final = 42
GRID_WIDTH: Final = 24
DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
TAG: Final = "govnet"
CROSSHAIR: Final = 1
"""`graphTooltip`: the crosshair is shared by all panels."""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL of a panel; `legend` may use `{{label}}`.

    An instant query is asked for the end of the time range alone, as a table if `is_table`.
    """

    expr: str
    legend: str = ""
    is_instant: bool = False
    is_table: bool = False

    def target(self, ref: str) -> Json:
        """Return it as Grafana wants it."""
        return {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "format": "table" if self.is_table else "time_series",
            "instant": self.is_instant,
            "legendFormat": self.legend or "__auto",
            "range": not self.is_instant,
            "refId": ref,
        }


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel before it has its place. `description` is Vietnamese first, then English."""

    kind: str
    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str
    width: int
    height: int
    options: Json
    defaults: Json = field(default_factory=dict)
    """Of the field configuration, beside the unit."""
    overrides: tuple[Json, ...] = ()
    transformations: tuple[Json, ...] = ()
    most_points: int | None = None

    def placed(self, number: int, x: int, y: int) -> Json:
        """Return it as Grafana wants it, at a place of the grid."""
        made = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "fieldConfig": {
                "defaults": {"unit": self.unit} | self.defaults,
                "overrides": list(self.overrides),
            },
            "options": self.options,
            "targets": [
                query.target(chr(ord("A") + index)) for index, query in enumerate(self.queries)
            ],
        }
        if self.transformations:
            made["transformations"] = list(self.transformations)
        if self.most_points is not None:
            made["maxDataPoints"] = self.most_points
        return made


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a dashboard; its panels stand in lines from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. `uid` stays for ever: links and favourites hold it."""

    uid: str
    title: str
    description: str
    sections: tuple[Section, ...]
    variables: tuple[Json, ...]
    links: tuple[Json, ...]
    from_: str = "now-6h"
    tags: tuple[str, ...] = ()

    def made(self) -> Json:
        """Return the whole JSON."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG, *self.tags],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": True,
            "graphTooltip": CROSSHAIR,
            "timezone": "Asia/Ho_Chi_Minh",
            "weekStart": "monday",
            "fiscalYearStartMonth": 0,
            "refresh": "30s",
            "time": {"from": self.from_, "to": "now"},
            "timepicker": {},
            "annotations": {"list": []},
            "links": list(self.links),
            "templating": {"list": list(self.variables)},
            "panels": list(_placed(self.sections)),
        }


def _placed(sections: Sequence[Section]) -> Iterable[Json]:
    """Yield rows and panels: a line is full when the next panel does not fit beside the last."""
    number = y = 0
    for section in sections:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": section.title,
            "collapsed": False,
            "gridPos": {"h": 1, "w": GRID_WIDTH, "x": 0, "y": y},
            "panels": [],
        }
        y += 1
        x = tallest = 0
        for panel in section.panels:
            if x + panel.width > GRID_WIDTH:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            yield panel.placed(number, x, y)
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
