"""Credentials for whatever an inventory names; they open nothing."""

from collector.derivation.credentials import Credentials, needed
from govnet.settings import Login, Secret, SnmpAccess
from inventory.model import Inventory

SECRET = "s3cret"
ACCESS = SnmpAccess(community=Secret(SECRET))
LOGIN = Login(user="giamsat", password=Secret(SECRET))


def credentials_for(inventory: Inventory) -> Credentials:
    """Return some for every name that the inventory uses."""
    names = needed(inventory)
    return Credentials(
        snmp={name: ACCESS for section, name in names if section == "snmp"},
        logins={name: LOGIN for section, name in names if section == "logins"},
    )
