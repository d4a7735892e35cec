"""The kinds of panels that we use, each made the same way everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.source.grafana import Panel, Query
from dashboards.source.words import GREEN, RED, YELLOW

Json = dict[str, Any]

COUNT: Final = "short"
RATIO: Final = "percentunit"
SECONDS: Final = "s"
DURATION: Final = "dtdurations"
BYTES: Final = "bytes"
BYTE_RATE: Final = "Bps"
DBM: Final = "dBm"
WHEN: Final = "time:DD/MM/YYYY HH:mm"
"""Of milliseconds."""
SITES: Final = "suffix: điểm"
MACHINES: Final = "suffix: máy"
TEXT: Final = "string"

RECORDED: Final = (
    "Số liệu ghi sẵn mỗi phút, không tính lại khi báo cáo về muộn.",
    "Recorded series: not evaluated again for reports that arrive late.",
)
"""What a panel over recorded series says of itself."""
_NO_DATA: Final = "Không có số liệu"
_GAP_MILLISECONDS: Final = 180_000
"""Points this far apart are still joined: three reports."""


@dataclass(frozen=True, slots=True)
class Words:
    """A panel's title and what it shows, in Vietnamese and English.

    `is_recorded`: it shows recorded series, and says so.
    """

    title: str
    vi: str
    en: str
    is_recorded: bool = False

    @property
    def description(self) -> str:
        """Return both languages, Vietnamese first."""
        vi, en = RECORDED if self.is_recorded else ("", "")
        return f"{self.vi} {vi}".strip() + "\n\n" + f"{self.en} {en}".strip()


def steps(*limits: tuple[float, str], base: str = GREEN) -> Json:
    """Return colours by limits; `base` is below the first."""
    found: list[Json] = [{"color": base, "value": None}]
    found += [{"color": colour, "value": limit} for limit, colour in limits]
    return {"mode": "absolute", "steps": found}


PLAIN: Final = steps(base="text")
LOW_IS_BAD: Final = steps((0.9, YELLOW), (0.98, GREEN), base=RED)
"""Of a ratio that should be 1."""
ANY_IS_BAD: Final = steps((1, RED))
ANY_IS_ODD: Final = steps((1, YELLOW))
HIGH_IS_BAD: Final = steps((0.8, YELLOW), (0.95, RED))
"""Of a ratio of use."""


def renamed(names: Mapping[str, tuple[str, str]]) -> tuple[Json, ...]:
    """Return overrides that show series of these names by a text and a colour."""
    return tuple(
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [
                {"id": "displayName", "value": text},
                {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}},
            ],
        }
        for name, (text, colour) in names.items()
    )


NOT_RENAMED: Final[Mapping[str, tuple[str, str]]] = {}


def stat(
    words: Words,
    expr: str,
    unit: str = COUNT,
    *,
    thresholds: Json = PLAIN,
    mappings: Sequence[Json] = (),
    legend: str = "",
    width: int = 4,
    height: int = 4,
    decimals: int | None = None,
    links: Sequence[Json] = (),
) -> Panel:
    """Return one number (or one for each series), as it is at the end of the time range."""
    defaults: Json = {
        "thresholds": thresholds,
        "mappings": list(mappings),
        "color": {"mode": "thresholds"},
        "noValue": _NO_DATA,
    }
    if decimals is not None:
        defaults["decimals"] = decimals
    return Panel(
        "stat",
        words.title,
        words.description,
        (Query(expr, legend, is_instant=True),),
        unit,
        width,
        height,
        options={
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": "auto",
            "wideLayout": True,
        },
        defaults=defaults,
        links=tuple(links),
    )


def graph(
    words: Words,
    queries: Mapping[str, str],
    unit: str,
    *,
    width: int = 12,
    height: int = 8,
    is_stacked: bool = False,
    least: float | None = 0,
    most: float | None = None,
    thresholds: Json | None = None,
    names: Mapping[str, tuple[str, str]] = NOT_RENAMED,
) -> Panel:
    """Return lines over time; `queries` maps a legend to its PromQL."""
    defaults: Json = {
        "color": {"mode": "palette-classic"},
        "noValue": _NO_DATA,
        "custom": {
            "drawStyle": "line",
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "fillOpacity": 30 if is_stacked else 5,
            "showPoints": "auto",
            "pointSize": 4,
            "spanNulls": _GAP_MILLISECONDS,
            "stacking": {"mode": "normal" if is_stacked else "none", "group": "A"},
            "axisPlacement": "auto",
            "thresholdsStyle": {"mode": "off" if thresholds is None else "line"},
        },
    }
    if thresholds is not None:
        defaults["thresholds"] = thresholds
    if least is not None:
        defaults["min"] = least
    if most is not None:
        defaults["max"] = most
    return Panel(
        "timeseries",
        words.title,
        words.description,
        tuple(Query(expr, legend) for legend, expr in queries.items()),
        unit,
        width,
        height,
        options={
            "legend": {
                "calcs": ["lastNotNull", "max"],
                "displayMode": "table",
                "placement": "bottom",
                "showLegend": True,
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        defaults=defaults,
        overrides=renamed(names),
    )


def timeline(
    words: Words,
    expr: str,
    legend: str,
    mappings: Sequence[Json],
    *,
    width: int = 24,
    height: int = 10,
    per_page: int = 25,
) -> Panel:
    """Return one bar for each series, coloured by its code over time."""
    return Panel(
        "state-timeline",
        words.title,
        words.description,
        (Query(expr, legend),),
        COUNT,
        width,
        height,
        options={
            "alignValue": "left",
            "mergeValues": True,
            "perPage": per_page,
            "rowHeight": 0.85,
            "showValue": "auto",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        defaults={
            "mappings": list(mappings),
            "color": {"mode": "thresholds"},
            "thresholds": PLAIN,
            "noValue": _NO_DATA,
            "custom": {"fillOpacity": 80, "lineWidth": 0, "spanNulls": False},
        },
        # More columns than a screen shows cost time and tell nothing.
        most_points=240,
    )


def bars(
    words: Words,
    expr: str,
    legend: str,
    unit: str,
    *,
    width: int = 8,
    height: int = 8,
    thresholds: Json = PLAIN,
    names: Mapping[str, tuple[str, str]] = NOT_RENAMED,
    most: float | None = None,
) -> Panel:
    """Return one horizontal bar for each series, as it is at the end of the time range."""
    defaults: Json = {
        "thresholds": thresholds,
        "color": {"mode": "thresholds"},
        "noValue": _NO_DATA,
        "min": 0,
    }
    if most is not None:
        defaults["max"] = most
    return Panel(
        "bargauge",
        words.title,
        words.description,
        (Query(expr, legend, is_instant=True),),
        unit,
        width,
        height,
        options={
            "displayMode": "basic",
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
            "maxVizHeight": 40,
            "minVizHeight": 12,
            "minVizWidth": 8,
            "namePlacement": "left",
            "orientation": "horizontal",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
        defaults=defaults,
        overrides=renamed(names),
    )


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a label of the answers, or the value of a query (`Value #A`)."""

    name: str
    title: str
    unit: str = TEXT
    mappings: Sequence[Json] = ()
    thresholds: Json | None = None
    links: Sequence[Json] = ()
    width: int | None = None

    def override(self) -> Json:
        """Return how Grafana shows it."""
        properties: list[Json] = [{"id": "unit", "value": self.unit}]
        if self.mappings:
            properties.append({"id": "mappings", "value": list(self.mappings)})
        if self.mappings or self.thresholds:
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
        if self.thresholds:
            properties.append({"id": "thresholds", "value": self.thresholds})
        if self.links:
            properties.append({"id": "links", "value": list(self.links)})
        if self.width is not None:
            properties.append({"id": "custom.width", "value": self.width})
        return {"matcher": {"id": "byName", "options": self.title}, "properties": properties}


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column a table is sorted at first."""

    title: str
    is_descending: bool = True


def table(
    words: Words,
    queries: Sequence[str],
    columns: Sequence[Column],
    *,
    width: int = 24,
    height: int = 9,
    sort: Sort | None = None,
) -> Panel:
    """Return rows as they are at the end of the time range; queries are joined by their labels."""
    names = [column.name for column in columns]
    merge = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    return Panel(
        "table",
        words.title,
        words.description,
        tuple(Query(expr, is_instant=True, is_table=True) for expr in queries),
        TEXT,
        width,
        height,
        options={
            "cellHeight": "sm",
            "enablePagination": True,
            "frameIndex": 0,
            "showHeader": True,
            "sortBy": [{"displayName": sort.title, "desc": sort.is_descending}] if sort else [],
        },
        defaults={"noValue": "", "custom": {"align": "auto", "filterable": True}},
        overrides=tuple(column.override() for column in columns),
        transformations=(*merge, *_chosen(columns, names)),
    )


def _chosen(columns: Sequence[Column], names: Sequence[str]) -> tuple[Json, ...]:
    """Return the transformations that keep, order and name the columns."""
    return (
        {"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: index for index, name in enumerate(names)},
                "renameByName": {column.name: column.title for column in columns},
            },
        },
    )


@dataclass(frozen=True, slots=True)
class Map:
    """What a map is made of: three queries by the same labels, and the columns to be shown.

    The columns of latitude and longitude are named by their titles.
    """

    latitude: str
    longitude: str
    value: str
    columns: Sequence[Column]
    latitude_title: str
    longitude_title: str
    value_title: str
    mappings: Sequence[Json] = field(default=())


NO_TILES: Final = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""A clear picture of one pixel that stands for every tile: no map is fetched from anywhere."""


def geomap(words: Words, shown: Map, *, width: int = 12, height: int = 14) -> Panel:
    """Return points on an empty base layer: nothing is asked of servers elsewhere."""
    names = [column.name for column in shown.columns]
    return Panel(
        "geomap",
        words.title,
        words.description,
        tuple(
            Query(expr, is_instant=True, is_table=True)
            for expr in (shown.latitude, shown.longitude, shown.value)
        ),
        COUNT,
        width,
        height,
        options={
            "basemap": {
                "type": "xyz",
                "name": "Nền trống",
                "config": {"url": NO_TILES, "attribution": ""},
            },
            "controls": {
                "mouseWheelZoom": True,
                "showAttribution": False,
                "showDebug": False,
                "showMeasure": False,
                "showScale": True,
                "showZoom": True,
            },
            "layers": [
                {
                    "type": "markers",
                    "name": "Điểm",
                    "config": {
                        "showLegend": True,
                        "style": {
                            "color": {"field": shown.value_title, "fixed": "grey"},
                            "opacity": 0.8,
                            "size": {"fixed": 6, "min": 4, "max": 12},
                            "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
                        },
                    },
                    "location": {
                        "mode": "coords",
                        "latitude": shown.latitude_title,
                        "longitude": shown.longitude_title,
                    },
                    "tooltip": True,
                }
            ],
            "tooltip": {"mode": "details"},
            "view": {"id": "fit", "allLayers": True, "padding": 10, "maxZoom": 12},
        },
        defaults={"mappings": list(shown.mappings), "thresholds": PLAIN, "noValue": ""},
        overrides=tuple(column.override() for column in shown.columns),
        transformations=({"id": "merge", "options": {}}, *_chosen(shown.columns, names)),
    )
