"""Which targets Prometheus scrapes: shards of at most 1,000 agents, and the verdicts.

A site is always in the same shard, so its series never change the target they come from. The
mapping is kept by the caller between runs. Each target's `instance` is dropped again by
`metric_relabel_configs`: it tells the targets' own `up` apart, the samples keep our ids.
"""

from collections.abc import Mapping
from typing import Final, TypedDict

from inventory.model import Inventory, Site

SHARD_AGENTS: Final = 1_000
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class TargetGroup(TypedDict):
    """One entry of Prometheus' HTTP service discovery."""

    targets: list[str]
    labels: dict[str, str]


def capacity(site: Site) -> int:
    """Return how many agents the site may come to have: every declared machine, at least one."""
    return max(site.expected_machines(), 1)


def assign_shards(inventory: Inventory, before: Mapping[str, int]) -> dict[str, int]:
    """Return the shard of every site: those of `before` stay, new ones go to the first with room.

    Sites that left the inventory keep their shard in the mapping, for the day they return. A site
    that outgrows its shard stays as well.
    """
    shards = dict(before)
    filled: dict[int, int] = {}
    for site_id, shard in before.items():
        site = inventory.sites.get(site_id)
        filled[shard] = filled.get(shard, 0) + (capacity(site) if site else 0)
    for site_id, site in inventory.sites.items():
        if site_id in shards:
            continue
        needed = capacity(site)
        shard = 0
        while filled.get(shard, 0) and filled[shard] + needed > SHARD_AGENTS:
            shard += 1
        shards[site_id] = shard
        filled[shard] = filled.get(shard, 0) + needed
    return shards


def scrape_url(
    scrape_address: str | None, url: str | None, server: tuple[str, int], scheme: str = "http"
) -> str:
    """Return scheme, host and port at which Prometheus reaches the collector.

    In this order: the address it was given, by the collector's own `scheme`; the collector's public
    `url`; the address `server` at which the request for the targets came in. Never what a client
    says.
    """
    if scrape_address is not None:
        return f"{scheme}://{scrape_address}"
    if url is not None:
        public, _, address = url.partition("://")
        has_port = address.rpartition(":")[2].isdecimal() and not address.endswith("]")
        return url if has_port else f"{url}:{_DEFAULT_PORTS[public]}"
    host, port = server
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def target_groups(shards: Mapping[str, int], url: str) -> list[TargetGroup]:
    """Return what `http_sd` answers; `url` is scheme, host and port for Prometheus."""
    scheme, _, address = url.partition("://")
    numbers = sorted(set(shards.values()) | {0})
    paths = {f"shard-{number}": f"/metrics/shards/{number}" for number in numbers}
    paths["verdicts"] = "/metrics/verdicts"
    return [
        {
            "targets": [address],
            "labels": {"instance": instance, "__metrics_path__": path, "__scheme__": scheme},
        }
        for instance, path in paths.items()
    ]
