"""Rows of what the inventory alone says of sites, circuits, devices, machines. Pure."""

from collections.abc import Iterator

from collector.metrics.events import Rows
from inventory.model import Inventory, Lifecycle, Link, Site

BYTES_PER_MEGABIT = 125_000.0


def declared_rows(inventory: Inventory) -> dict[str, Rows]:
    """Return the series by metric, of active sites and of what is active in them."""
    sites = [site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE]
    links = [(site.id, link) for site in sites for link in _active_links(site)]
    roles = inventory.machine_profiles
    return {
        "govnet_site_kind_info": {(site.id, site.kind.value): 1.0 for site in sites},
        "govnet_machine_role_info": {
            (site.id, machine.id, roles[machine.profile].role.value): 1.0
            for site in sites
            for machine in site.active_machines()
        },
        "govnet_link_info": {
            (site, link.id, link.carrier, link.technology.value, str(int(link.backup))): 1.0
            for site, link in links
        },
        "govnet_link_capacity_bytes_per_second": {
            (site, link.id): link.capacity_mbps * BYTES_PER_MEGABIT
            for site, link in links
            if link.capacity_mbps is not None
        },
        "govnet_link_agreed_availability_ratio": {
            (site, link.id): link.sla_availability_ratio
            for site, link in links
            if link.sla_availability_ratio is not None
        },
        "govnet_device_kind_info": {
            (site.id, device.id, device.kind.value): 1.0
            for site in sites
            for device in site.devices
            if device.lifecycle is Lifecycle.ACTIVE
        },
    }


def _active_links(site: Site) -> Iterator[Link]:
    return (link for link in site.links if link.lifecycle is Lifecycle.ACTIVE)
