"""The PowerShell script that asks Windows for everything at once, and how it is run.

Only these classes and properties are asked for; none of them holds a person's name. The answer is
JSON in Base64, so that no code page of a console changes it.
"""

import base64
import json
from typing import Any

from agent.facts.reading import MAX_OUTPUT_CHARACTERS
from agent.probe.program import Run
from govnet.errors import CheckError

_SCRIPT = r"""
$ErrorActionPreference = 'SilentlyContinue'
$ProgressPreference = 'SilentlyContinue'
function Ask($class, $names, $space = 'root/cimv2') {
  @(Get-CimInstance -Namespace $space -ClassName $class -Property $names | Select-Object $names)
}
$uninstall = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*',
  'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
$suites = @(SUITES)
$found = [ordered]@{
  system = Ask 'Win32_ComputerSystem' @('Manufacturer','Model','PartOfDomain','TotalPhysicalMemory')
  bios = Ask 'Win32_BIOS' @('SerialNumber')
  enclosure = Ask 'Win32_SystemEnclosure' @('SMBIOSAssetTag')
  processor = Ask 'Win32_Processor' @('Name','NumberOfCores','NumberOfLogicalProcessors')
  memory = Ask 'Win32_PhysicalMemory' @('Capacity','Speed')
  os = Ask 'Win32_OperatingSystem' @('Caption','BuildNumber')
  disk = @(Get-PhysicalDisk | Select-Object FriendlyName,Size,MediaType,HealthStatus,BusType)
  update = @(Get-CimInstance Win32_QuickFixEngineering | Where-Object InstalledOn |
    ForEach-Object { $_.InstalledOn.ToString('yyyy-MM-dd') })
  antivirus = Ask 'AntiVirusProduct' @('displayName','productState') 'root/SecurityCenter2'
  defender = @(Get-MpComputerStatus |
    Select-Object AMServiceEnabled,RealTimeProtectionEnabled,AntivirusSignatureAge)
  firewall = @(Get-NetFirewallProfile | Select-Object Name,@{n='Enabled';e={[int]$_.Enabled}})
  printer = @(Get-CimInstance Win32_Printer | Where-Object { -not $_.Network } |
    Select-Object DriverName)
  scanner = @(Get-PnpDevice -Class Image -PresentOnly | Select-Object FriendlyName)
  office = @(Get-ItemProperty $uninstall | Where-Object DisplayName | ForEach-Object {
    $one = $_; $suites | Where-Object { $one.DisplayName -like "$_*" } |
      ForEach-Object { [ordered]@{ Name = $_; Version = [string]$one.DisplayVersion } } })
}
$json = $found | ConvertTo-Json -Depth 4 -Compress
[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($json))
"""


def script(suites: tuple[str, ...]) -> str:
    """Return the script; it looks for these office suites and for no other program."""
    quoted = ",".join("'" + suite.replace("'", "''") + "'" for suite in suites)
    return _SCRIPT.replace("SUITES", quoted)


def ask(suites: tuple[str, ...], run: Run) -> dict[str, Any]:
    """Run the script and return what Windows said. Raises CheckError if it said nothing usable."""
    encoded = base64.b64encode(script(suites).encode("utf-16-le")).decode()
    options = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass")
    done = run(("powershell.exe", *options, "-EncodedCommand", encoded))
    return decoded(done.output)


def decoded(output: str) -> dict[str, Any]:
    """Read the script's output. Raises CheckError if it is not what the script prints."""
    text = "".join(output.split())
    if len(text) > MAX_OUTPUT_CHARACTERS:
        raise CheckError(f"PowerShell said {len(text)} characters, too many")
    try:
        found = json.loads(base64.b64decode(text, validate=True))
    except ValueError as exc:
        raise CheckError(f"PowerShell did not give the facts: {output[:200]!r}") from exc
    if not isinstance(found, dict):
        raise CheckError("PowerShell gave something else than the facts")
    return found
