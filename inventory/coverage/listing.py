"""What can be told about each site and what would help, for `govnet inventory check --coverage`.

Vietnamese first. What is said is worked out in `separable` and `helping`.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from govnet.errors import ConfigError
from inventory.coverage.causes import NAMES
from inventory.coverage.helping import MAIN, Blind, Help, Helped, Step, helped, steps
from inventory.coverage.separable import CAUSES, Hours, SiteCauses, When
from inventory.model import Device, DeviceKind, Inventory, Lifecycle, Site
from inventory.problems import near, quoted

_SHORT: Final[Mapping[Help, str]] = {
    Help.NEXT_HOP: "ghi chặng kế tiếp",
    Help.POWER_AREA: "ghi khu vực điện",
    Help.TARGET: "thiết bị luôn bật",
    Help.SWITCH: "hỏi cả switch",
    Help.UPS_ACCESS: "hỏi UPS đã có",
    Help.AGENT: "thêm máy có tác tử",
    Help.MACHINE_ON: "một máy luôn bật",
    Help.UPS: "UPS có SNMP",
    Help.CIRCUIT: "đường của nhà mạng khác",
}
"""What fits into a row."""
_LONG: Final[Mapping[Help, tuple[str, str]]] = {
    Help.NEXT_HOP: (
        "ghi địa chỉ đầu trung tâm hoặc chặng kế tiếp của đường truyền chính",
        "write down the far end's address or the next hop of the main circuit",
    ),
    Help.POWER_AREA: (
        "ghi khu vực điện, nếu chung lộ điện với một điểm dùng nhà mạng khác",
        "write down its power area, if a site of another carrier shares it",
    ),
    Help.TARGET: (
        "cho trung tâm hỏi một thiết bị luôn bật, tốt nhất là bộ định tuyến",
        "let the centre ask a device that is always on, best the router",
    ),
    Help.SWITCH: (
        "cho trung tâm hỏi cả switch sau bộ định tuyến",
        "let the centre ask the switch behind the router too",
    ),
    Help.UPS_ACCESS: (
        "khai cách hỏi UPS đã có",
        "declare how the UPS that stands there is asked",
    ),
    Help.AGENT: ("thêm một máy có tác tử", "one more machine with an agent"),
    Help.MACHINE_ON: (
        "để một máy có tác tử chạy suốt ngày đêm, có UPS thì cắm vào UPS",
        "let a machine with an agent stay on day and night, on the UPS where there is one",
    ),
    Help.UPS: ("thêm UPS có SNMP", "a UPS with SNMP"),
    Help.CIRCUIT: (
        "thêm đường dự phòng của nhà mạng khác",
        "a second circuit of another carrier",
    ),
}
_FIELDS: Final[Mapping[Help, str]] = {
    Help.NEXT_HOP: "links: far_end.address, next_hop",
    Help.POWER_AREA: "power_area",
    Help.TARGET: "devices: address, always_on: true",
    Help.SWITCH: "devices: address, upstream, always_on: true",
    Help.UPS_ACCESS: "devices: snmp, or url: nut://...",
    Help.AGENT: "machines, machine_counts",
    Help.MACHINE_ON: "machines: vantage: true, always_on: true, address",
    Help.UPS: "devices: kind: ups, address, snmp",
    Help.CIRCUIT: "links: carrier, backup: true",
}
"""Where it stands in the inventory."""
_NOTHING = ("không cần thêm gì", "nothing to add")
_CELL: Final = {When.AT_ONCE: "ngay", When.AFTER: "sau", When.NEVER: "không"}
_TOLD: Final = {
    When.AT_ONCE: ("biết ngay", "at once"),
    When.AFTER: ("biết sau", "from the backlog"),
    When.NEVER: ("không biết", "never"),
}
_HOURS: Final = {
    Hours.WORKING: ("trong giờ", "in working hours"),
    Hours.OFF: ("ngoài giờ", "off hours"),
}
_BLIND_CELL: Final = {Blind.ALWAYS: "luôn luôn", Blind.OFF: "ngoài giờ", Blind.NEVER: "-"}
_BLIND: Final = {
    Blind.ALWAYS: (
        "Mù hoàn toàn: ở đây không có gì cho biết điểm còn kết nối hay không.",
        "Blind always: nothing here tells whether it is connected.",
    ),
    Blind.OFF: (
        "Mù ngoài giờ: máy tính tắt rồi thì không có gì cho biết điểm còn kết nối hay không.",
        "Blind outside working hours, when its machines are rightly off.",
    ),
    Blind.NEVER: ("Không mù: lúc nào cũng có thứ trả lời.", "Never blind."),
}
_NAME_WIDTH: Final = 27
_HEAD: Final = (
    "  điện / power, đường truyền / link, LAN: khi nào biết được nguyên nhân / when it is told:",
    "  ngay / at once; sau, khi có số liệu bù / from the backlog; không / never; - không có / none",
    f"  {'':{_NAME_WIDTH}}  {'điện':12}{'đường':12}LAN",
    f"  {'điểm / site':{_NAME_WIDTH}}  {'trong ngoài ' * len(MAIN)}{'mù/blind':10}nên thêm / add",
)


def coverage_lines(inventory: Inventory) -> list[str]:
    """Return a row for each site, the worst first, and what would help how many."""
    found = helped(inventory)
    lines = [f"{inventory.province.name}: {len(found)} điểm / sites"]
    if not found:
        return lines
    lines += [*_HEAD, *(_row(one) for one in found)]
    lines.append("tóm lại, mỗi điểm một việc nên làm trước / the first thing to do, by site:")
    helps = Counter(one.best and one.best.help for one in found)
    for help_, number in helps.most_common():
        vietnamese, english = _LONG[help_] if help_ else _NOTHING
        lines.append(f"  {number:>5} điểm: {vietnamese}\n               {english}")
    return lines


def site_lines(inventory: Inventory, only: str) -> Iterator[str]:
    """Yield everything about one site in sentences, and what would help, one thing after another.

    Raises ConfigError if there is no such site, or one that is not judged.
    """
    one = _only(helped(inventory), only)
    site = inventory.sites[only]
    yield f"{only}: {site.name}"
    vietnamese, english = _BLIND[one.blind]
    yield f"  {vietnamese}"
    yield f"  {english}"
    yield "  Biết được nguyên nhân nào, khi nào (sau: khi có số liệu bù) / causes that can be told:"
    for cause in CAUSES:
        if (cause, Hours.WORKING) in one.causes.when:
            yield f"    {NAMES[cause]} / {cause}: {_when(one.causes, cause)}"
    taken = steps(inventory, only)
    yield "  Nên thêm, theo thứ tự / what would help, in this order:"
    if not taken:
        yield "  không cần thêm gì / nothing to add"
    for number, step in enumerate(taken, start=1):
        vietnamese, english = _LONG[step.help]
        named = _EXISTING[step.help](site) if step.help in _EXISTING else None
        here = f" [{named}]" if named else ""
        yield f"  {number}. {vietnamese[0].upper()}{vietnamese[1:]}{here}"
        yield f"     {english}"
        yield f"     ghi / write: {_FIELDS[step.help]}"
        yield from _gains(step)


def said(one: Helped) -> str:
    """Return in one Vietnamese sentence what can be told about a site, and what would help."""
    parts = [_BLIND[one.blind][0].rstrip(".")] if one.blind is not Blind.NEVER else []
    for hours, (word, _) in _HOURS.items():
        told = {
            when: [NAMES[cause] for cause in CAUSES if one.causes.when.get((cause, hours)) is when]
            for when in When
        }
        named = [f"{_TOLD[when][0]} {', '.join(names)}" for when, names in told.items() if names]
        if named:
            parts.append(f"{word}: {', '.join(named)}")
    if one.best is not None:
        parts.append(f"nên {_LONG[one.best.help][0]}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def coverage_json(inventory: Inventory, only: str | None = None) -> str:
    """Return the same as JSON, for one site or for all; raises ConfigError as `site_lines`."""
    found = helped(inventory)
    if only is not None:
        found = [_only(found, only)]
    rows = [_as_json(inventory, one) for one in found]
    return json.dumps({"sites": rows}, ensure_ascii=False, indent=2)


def _as_json(inventory: Inventory, one: Helped) -> dict[str, Any]:
    when = one.causes.when
    return {
        "site": one.site,
        "name": inventory.sites[one.site].name,
        "blind": one.blind,
        "causes": {
            cause: {hours: when[cause, hours] for hours in Hours}
            for cause in CAUSES
            if (cause, Hours.WORKING) in when
        },
        "help": one.best and one.best.help,
    }


def _only(found: list[Helped], site: str) -> Helped:
    for one in found:
        if one.site == site:
            return one
    known = [one.site for one in found]
    hint = near(site, known)
    problem = f"--site: expected an active site other than the centre, got {quoted(site)}"
    raise ConfigError([problem + (f" ({hint})" if hint else "")])


def _row(one: Helped) -> str:
    name = one.site if len(one.site) <= _NAME_WIDTH else one.site[: _NAME_WIDTH - 1] + "…"
    cells = [one.causes.when.get((cause, hours)) for cause in MAIN for hours in Hours]
    told = "".join(f"{_CELL[cell] if cell else '-':6}" for cell in cells)
    wanted = _SHORT[one.best.help] if one.best else "-"
    return f"  {name:{_NAME_WIDTH}}  {told}{_BLIND_CELL[one.blind]:10}{wanted}"


def _when(causes: SiteCauses, cause: str) -> str:
    """Return `trong giờ biết sau / from the backlog; ngoài giờ không biết / never`."""
    return "; ".join(
        f"{said} {' / '.join(_TOLD[causes.when[cause, hours]])}"
        for hours, (said, _) in _HOURS.items()
    )


def _gains(step: Step) -> Iterator[str]:
    """Yield what an addition brings, a line for each hours and how soon."""
    if step.ends_blindness:
        yield "     -> hết mù / no more blind"
    improved = step.improved()
    for hours, (vietnamese, english) in _HOURS.items():
        for when in (When.AT_ONCE, When.AFTER):
            names = [NAMES[cause] for cause in CAUSES if improved.get((cause, hours)) is when]
            if names:
                told, told_english = _TOLD[when]
                said = f"{vietnamese} {told} / {told_english} {english}"
                yield f"     -> {said}: {', '.join(names)}"


def _first(items: Iterator[Device]) -> str | None:
    return next((item.id.partition("/")[2] for item in items), None)


def _active(site: Site) -> Iterator[Device]:
    return (one for one in site.devices if one.lifecycle is Lifecycle.ACTIVE)


def _target(site: Site) -> str | None:
    return _first(one for one in _active(site) if one.address and one.kind is DeviceKind.CPE)


def _switch(site: Site) -> str | None:
    seen = {item.id for item in site.always_on()}
    return _first(one for one in _active(site) if one.address and one.upstream in seen - {one.id})


def _ups(site: Site) -> str | None:
    return _first(one for one in _active(site) if one.kind is DeviceKind.UPS)


def _machine(site: Site) -> str | None:
    vantages = (one for one in site.active_machines() if one.vantage and one.address)
    return next((one.id.partition("/")[2] for one in vantages), None)


_EXISTING: Final[Mapping[Help, Callable[[Site], str | None]]] = {
    Help.TARGET: _target,
    Help.SWITCH: _switch,
    Help.UPS_ACCESS: _ups,
    Help.MACHINE_ON: _machine,
}
"""What of the site is already declared and only has to be marked."""
