"""What the C sources of the Windows service and the agent must say alike."""

import re
from pathlib import Path

from agent.enrolment.files import WINDOWS_SERVICE, service_sid

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "deploy/windows"


def test_installer_service_and_agent_mean_the_same_service():
    header = (WINDOWS / "service/govnet.h").read_text("utf-8")
    installer = (WINDOWS / "agent.wxs").read_text("utf-8")

    assert f'#define SERVICE_NAME L"{WINDOWS_SERVICE}"' in header
    assert f'#define SERVICE_SID L"{service_sid(WINDOWS_SERVICE)}"' in header
    assert f'<ServiceInstall Id="InstallService" Name="{WINDOWS_SERVICE}"' in installer


def test_the_installer_upgrades_what_it_installed():
    """The code by which Windows knows earlier versions stands in three places."""
    text = (WINDOWS / "agent.wxs").read_text("utf-8") + (WINDOWS / "agent.sql").read_text("utf-8")
    codes = re.findall(r"(?:UpgradeCode=\"|<Upgrade Id=\"|VALUES \('\{)([0-9A-F-]{36})", text)

    assert len(codes) == 3
    assert len(set(codes)) == 1
