"""With what devices and endpoints are asked, by the names that the inventory uses. Pure.

Reading the file: `collector.credentials_file`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from govnet.settings import Login, SnmpAccess
from inventory.model import Inventory, Lifecycle

USES = {"snmp": "snmp", "login": "logins"}
"""Fields of the inventory that name credentials, and where in the file those stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Accesses by SNMP and accounts, by name; `file` is where they stand, None for nowhere.

    Its secrets show themselves as dots (`govnet.settings.Secret`).
    """

    file: str | None = None
    snmp: Mapping[str, SnmpAccess] = field(default_factory=dict)
    logins: Mapping[str, Login] = field(default_factory=dict)

    def access(self, name: str | None) -> SnmpAccess | None:
        """Return the access of that name, None where there is none."""
        return None if name is None else self.snmp.get(name)

    def login(self, name: str | None) -> Login | None:
        """Return the account of that name, None where there is none."""
        return None if name is None else self.logins.get(name)


NONE = Credentials()


def needed(inventory: Inventory) -> list[tuple[str, str]]:
    """Return the section of the file and the name of all that the inventory uses, in order."""
    return sorted({(section, name) for _, section, name in _named(inventory)})


def lacking(inventory: Inventory, credentials: Credentials) -> list[str]:
    """Return a line for every name that the inventory uses and the credentials do not have."""
    users: dict[tuple[str, str], list[str]] = {}
    for item, section, name in _named(inventory):
        users.setdefault((section, name), []).append(item)
    known = {"snmp": credentials.snmp, "logins": credentials.logins}
    return [
        f"{credentials.file or 'credentials'}: {section}: expected {name!r}, "
        f"which {_who(items)} in the inventory, got none"
        for (section, name), items in sorted(users.items())
        if name not in known[section]
    ]


def _named(inventory: Inventory) -> Iterator[tuple[str, str, str]]:
    """Yield item, section of the file and name, for everything in use that names credentials."""
    sites = (site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE)
    items = [item for site in sites for item in (*site.devices, *site.conference_points)]
    for item in (*items, *inventory.services.values()):
        if item.lifecycle is not Lifecycle.ACTIVE:
            continue
        for attribute, section in USES.items():
            if name := getattr(item, attribute, None):
                yield item.id, section, name


def _who(items: list[str]) -> str:
    others = len(items) - 1
    return f"{items[0]} names" if not others else f"{items[0]} and {others} more name"
