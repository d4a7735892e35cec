"""Classic dashboard JSON as Grafana's own types have it, as far as we write it.

Fields and types are those of `Dashboard`, `Panel`, `VariableModel`, `DashboardLink` of the npm
package @grafana/schema 13 (dist/types/raw/dashboard/x/types.gen.d.ts), and of `Options` of each
kind of panel (raw/composable/<panel>/panelcfg/x/types.gen.d.ts). A field that is not here is
refused: a misspelt one would be ignored by Grafana without a word. Units are the ids of
packages/grafana-data/src/valueFormats/categories.ts.
"""

from typing import Any, Literal

import msgspec

UNITS = frozenset(
    {
        *("none", "string", "short", "percent", "percentunit", "humidity", "dB", "hex", "locale"),
        *("degree", "bits", "bytes", "decbits", "decbytes", "pps", "bps", "Bps", "binBps"),
        *("dateTimeAsIso", "dateTimeFromNow", "watt", "watth", "voltamp", "amp", "volt", "dBm"),
        *("ms", "s", "m", "h", "d", "dtdurationms", "dtdurations", "dthms", "dtdhms", "hertz"),
        *("cps", "ops", "reqps", "rps", "celsius", "lengthm", "lengthmm", "pressurehpa", "conμgm3"),
    }
)
"""Ids of units that a monitoring dashboard may want."""
CUSTOM_UNITS = ("suffix:", "time:")
"""Prefixes of units of one's own: a word behind the number, a format of dates."""


class _Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A record whose fields are all known."""


class DataSourceRef(_Strict):
    type: Literal["prometheus"]
    uid: Literal["${datasource}"]


class GridPos(_Strict):
    h: int
    w: int
    x: int
    y: int


class Target(_Strict):
    """A query of Grafana's Prometheus source."""

    datasource: DataSourceRef
    editorMode: Literal["code"]  # noqa: N815 - Grafana's name
    expr: str
    format: Literal["time_series", "table"]
    instant: bool
    legendFormat: str  # noqa: N815 - Grafana's name
    range: bool
    refId: str  # noqa: N815 - Grafana's name


class Override(_Strict):
    matcher: dict[Literal["id", "options"], str]
    properties: list[dict[Literal["id", "value"], Any]]


class Defaults(_Strict):
    unit: str
    color: dict[str, str] = {}
    custom: dict[str, Any] = {}
    decimals: int = 0
    mappings: list[dict[Literal["type", "options"], Any]] = []
    max: float = 0
    min: float = 0
    noValue: str = ""  # noqa: N815 - Grafana's name
    thresholds: dict[Literal["mode", "steps"], Any] = {}


class FieldConfig(_Strict):
    defaults: Defaults
    overrides: list[Override]


class Transformation(_Strict):
    id: Literal["merge", "organize", "filterFieldsByName"]
    options: dict[str, Any]


class Panel(_Strict):
    id: int
    type: Literal["stat", "timeseries", "state-timeline", "bargauge", "table", "geomap"]
    title: str
    description: str
    datasource: DataSourceRef
    gridPos: GridPos  # noqa: N815 - Grafana's name
    fieldConfig: FieldConfig  # noqa: N815 - Grafana's name
    options: dict[str, Any]
    targets: list[Target]
    transformations: list[Transformation] = []
    maxDataPoints: int = 0  # noqa: N815 - Grafana's name


class Row(_Strict):
    id: int
    type: Literal["row"]
    title: str
    collapsed: bool
    gridPos: GridPos  # noqa: N815 - Grafana's name
    panels: list[Panel]


class Link(_Strict):
    """A link at the top; all its fields are required."""

    asDropdown: bool  # noqa: N815 - Grafana's name
    icon: str
    includeVars: bool  # noqa: N815 - Grafana's name
    keepTime: bool  # noqa: N815 - Grafana's name
    tags: list[str]
    targetBlank: bool  # noqa: N815 - Grafana's name
    title: str
    tooltip: str
    type: Literal["link", "dashboards"]
    url: str


class Current(_Strict):
    selected: bool
    text: str | list[str]
    value: str | list[str]


class VariableQuery(_Strict):
    query: str
    refId: str  # noqa: N815 - Grafana's name


class Variable(_Strict):
    name: str
    label: str
    description: str
    type: Literal["datasource", "custom", "query", "textbox"]
    query: str | VariableQuery
    current: Current
    hide: Literal[0]
    options: list[Current]
    skipUrlSync: bool  # noqa: N815 - Grafana's name
    allValue: str | None = None  # noqa: N815 - Grafana's name
    datasource: DataSourceRef | None = None
    definition: str = ""
    includeAll: bool = False  # noqa: N815 - Grafana's name
    multi: bool = False
    refresh: Literal[0, 1, 2] = 0
    regex: str = ""
    sort: Literal[0, 1, 2, 3, 4, 5, 6, 7, 8] = 0


class Templating(_Strict):
    list: list[Variable]


class TimeRange(_Strict):
    from_: str = msgspec.field(name="from")
    to: Literal["now"]


class Dashboard(_Strict):
    uid: str
    title: str
    description: str
    tags: list[str]
    schemaVersion: Literal[42]  # noqa: N815 - Grafana's name
    version: int
    editable: bool
    graphTooltip: Literal[1]  # noqa: N815 - Grafana's name
    timezone: str
    weekStart: str  # noqa: N815 - Grafana's name
    fiscalYearStartMonth: int  # noqa: N815 - Grafana's name
    refresh: str
    time: TimeRange
    timepicker: dict[str, Any]
    annotations: dict[Literal["list"], list[Any]]
    links: list[Link]
    templating: Templating
    panels: list[dict[str, Any]]
    """Read by `panel`: a row and a panel have no field in common that tells them apart for sure."""


PANEL_OPTIONS = {
    "stat": {
        *("colorMode", "graphMode", "justifyMode", "orientation", "percentChangeColorMode"),
        *("reduceOptions", "showPercentChange", "textMode", "wideLayout"),
    },
    "timeseries": {"legend", "tooltip"},
    "state-timeline": {
        *("alignValue", "mergeValues", "perPage", "rowHeight", "showValue", "legend", "tooltip"),
    },
    "bargauge": {
        *("displayMode", "legend", "maxVizHeight", "minVizHeight", "minVizWidth"),
        *("namePlacement", "orientation", "reduceOptions", "showUnfilled", "sizing", "valueMode"),
    },
    "table": {"cellHeight", "enablePagination", "frameIndex", "showHeader", "sortBy"},
    "geomap": {"basemap", "controls", "layers", "tooltip", "view"},
}
"""`Options` of each kind of panel."""


def dashboard(plain: dict[str, Any]) -> tuple[Dashboard, list[Row], list[Panel]]:
    """Read a dashboard strictly; raises msgspec.ValidationError with the place of the mistake."""
    board = msgspec.convert(plain, Dashboard)
    rows, panels = [], []
    for one in board.panels:
        if one.get("type") == "row":
            rows.append(msgspec.convert(one, Row))
            panels += rows[-1].panels
        else:
            panels.append(msgspec.convert(one, Panel))
    return board, rows, panels
