<# Reports for a PC that cannot have the agent (Windows 7 SP1), as docs/protocol.md says: uptime, CPU, memory, disks,
   ping of the gateway. Needs Windows PowerShell 5.1 (WMF 5.1), .NET Framework 4.5.2 or newer and TLS 1.2. A scheduled
   task of SYSTEM runs it every minute; token.txt in the folder holds a token and a site's code: docs/rollout.md.
   What cannot be sent waits in the folder, at most a day of it. The newest error stands in error.txt there. #>
param([string]$Folder = "$env:ProgramData\govnet-report")
Set-StrictMode -Version 2; $ErrorActionPreference = 'Stop'
Remove-TypeData System.Array -ErrorAction SilentlyContinue # or ConvertTo-Json of 5.1 writes a list as {value, Count}
$MostWaiting = 1440; $MostAtOnce = 50; $ContentRefused = 'bad_request', 'bad_gzip', 'bad_json', 'bad_schema', 'body_too_large'
$StateFile = Join-Path $Folder 'state.json'; $Spool = Join-Path $Folder 'spool'
Add-Type @'
using System; using System.Net; using System.Net.Security; using System.Runtime.InteropServices; using System.Security.Cryptography.X509Certificates;
public static class Govnet {
    public static string Ca; // the only one that is believed, DER in base64; null: anybody may answer
    [DllImport("kernel32")] public static extern ulong GetTickCount64();
    [DllImport("kernel32")] public static extern bool GetSystemTimes(out long idle, out long kernel, out long user);
    public static void Start() { ServicePointManager.ServerCertificateValidationCallback = Check; }
    static bool Check(object sender, X509Certificate found, X509Chain chain, SslPolicyErrors errors) {
        if (Ca == null) return true;
        if (found == null || (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0) return false;
        chain = new X509Chain(); // a PC with an empty battery lives in another year, so times do not count
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority | X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.ExtraStore.Add(new X509Certificate2(Convert.FromBase64String(Ca)));
        return chain.Build(new X509Certificate2(found)) &&
            Convert.ToBase64String(chain.ChainElements[chain.ChainElements.Count - 1].Certificate.RawData) == Ca;
    }
}
'@
function Get-Hex([byte[]]$Bytes) { [BitConverter]::ToString($Bytes).Replace('-', '').ToLower() }
function Get-Now { ([DateTime]::UtcNow - (New-Object DateTime 1970, 1, 1)).TotalSeconds }
function Get-Monotonic { [Govnet]::GetTickCount64() / 1000 }
function Save-State { # first beside it: a PC may lose power at any moment
    [IO.File]::WriteAllText("$StateFile.new", ($State | ConvertTo-Json)); Move-Item -Force "$StateFile.new" $StateFile
}
function Send-Request([string]$Method, [string]$Path, [byte[]]$Body, [hashtable]$Headers = @{}) {
    $request = [Net.WebRequest]::Create($State.url + $Path) # no proxy; an unverified connection is not used again
    $request.Method = $Method; $request.Timeout = 20000; $request.KeepAlive = $false; $request.Proxy = $null
    foreach ($name in $Headers.Keys) { $request.Headers.Add($name, $Headers[$name]) }
    try {
        if ($Body) {
            $request.ContentType = 'application/json'
            $stream = $request.GetRequestStream(); $stream.Write($Body, 0, $Body.Length); $stream.Close()
        }
        $answer = $request.GetResponse()
    } catch {
        for ($cause = $_.Exception; $cause -and $cause -isnot [Net.WebException]; $cause = $cause.InnerException) { }
        if (-not $cause -or -not $cause.Response) { throw }
        $answer = $cause.Response
    }
    $text = (New-Object IO.StreamReader $answer.GetResponseStream()).ReadToEnd(); $answer.Close()
    @{ status = [int]$answer.StatusCode; text = $text }
}
function Get-Ca { # this question tells nothing, and only the CA that the token names is believed
    $pem = (Send-Request 'GET' '/v1/ca').text; $sha = [Security.Cryptography.SHA256]::Create()
    foreach ($found in [regex]::Matches($pem, '-----BEGIN CERTIFICATE-----([^-]+)-----END')) {
        $der = $found.Groups[1].Value -replace '\s'
        if ((Get-Hex $sha.ComputeHash([Convert]::FromBase64String($der))) -eq $State.fingerprint) { return $der }
    }
    throw 'the CA is not the one that the token names: nothing was sent'
}
function Join-Collector { # the same request again gets the same answer, until somebody has approved this PC
    $wish = @{ v = 1; secret = $State.secret; key = Get-Hex ([Convert]::FromBase64String($State.key)); hardware = @{}
        hostname = $env:COMPUTERNAME; code = $State.code } | ConvertTo-Json
    $answer = Send-Request 'POST' '/v1/enrol' ([Text.Encoding]::UTF8.GetBytes($wish))
    if ($answer.status -ne 200) { throw "not enrolled: $($answer.text)" }
    $who = $answer.text | ConvertFrom-Json
    if (-not $who.machine) { throw 'pending: somebody in the centre has to approve this PC' }
    $State.agent = $who.agent; $State.key_id = $who.key_id; $State.machine = $who.machine; $State.secret = ''; Save-State
}
function Get-Samples { # the names of docs/metrics.md
    $idle = $kernel = $user = [long]0; [void][Govnet]::GetSystemTimes([ref]$idle, [ref]$kernel, [ref]$user)
    $os = Get-WmiObject Win32_OperatingSystem
    , @('govnet_machine_info', 1, @{ os = $os.Caption.Trim(); os_build = $os.BuildNumber })
    , @('govnet_machine_uptime_seconds', (Get-Monotonic))
    , @('govnet_machine_cpus', [Environment]::ProcessorCount)
    , @('govnet_machine_cpu_seconds_total', ($user / 1e7), @{ mode = 'user' })
    , @('govnet_machine_cpu_seconds_total', (($kernel - $idle) / 1e7), @{ mode = 'system' })
    , @('govnet_machine_cpu_seconds_total', ($idle / 1e7), @{ mode = 'idle' })
    , @('govnet_machine_memory_size_bytes', ([double]$os.TotalVisibleMemorySize * 1024))
    , @('govnet_machine_memory_available_bytes', ([double]$os.FreePhysicalMemory * 1024))
    foreach ($disk in [IO.DriveInfo]::GetDrives() | Where-Object { $_.DriveType -eq 'Fixed' -and $_.IsReady }) {
        , @('govnet_machine_disk_size_bytes', $disk.TotalSize, @{ disk = $disk.Name.TrimEnd('\') })
        , @('govnet_machine_disk_free_bytes', $disk.AvailableFreeSpace, @{ disk = $disk.Name.TrimEnd('\') })
    }
}
function Test-Gateway {
    $cards = Get-WmiObject Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=True' | Where-Object { $_.DefaultIPGateway }
    $ping = New-Object Net.NetworkInformation.Ping
    [int][bool]($cards | Where-Object { $ping.Send($_.DefaultIPGateway[0], 2000).Status -eq 'Success' })
}
function New-Result([string]$Check, [scriptblock]$Measure) {
    $clock = [Diagnostics.Stopwatch]::StartNew(); $problem = $null; [object[]]$samples = @()
    try { $samples = @(& $Measure) } catch { $problem = [string]$_ }
    @{ check = $Check; target = $State.machine; duration_seconds = $clock.Elapsed.TotalSeconds; samples = $samples; error = $problem }
}
function Add-Report { # on disk before anything else happens to it; a seq is never used twice
    $State.seq = [long]$State.seq + 1; Save-State
    $results = (New-Result 'machine' { Get-Samples }), (New-Result 'lan' { , @('govnet_lan_gateway_reachable', (Test-Gateway)) })
    $report = @{ seq = $State.seq; created_at = Get-Now; monotonic_seconds = Get-Monotonic; boot_id = $Boot
        interval_seconds = 60; results = $results } | ConvertTo-Json -Depth 8 -Compress
    [IO.File]::WriteAllText((Join-Path $Spool ('{0:d16}.json' -f $State.seq)), $report)
    Get-ChildItem $Spool -Filter *.json | Sort-Object Name -Descending | Select-Object -Skip $MostWaiting | Remove-Item
}
function Send-Reports { # newest first, so that the centre sees this PC at once
    $files = @(Get-ChildItem $Spool -Filter *.json | Sort-Object Name -Descending | Select-Object -First $State.most)
    $head = @{ v = 1; batch = [Guid]::NewGuid().ToString('N'); agent = $State.agent; incarnation = $State.incarnation
        boot_id = $Boot; sent_at = Get-Now; sent_monotonic_seconds = Get-Monotonic }
    $reports = ($files | ForEach-Object { [IO.File]::ReadAllText($_.FullName) }) -join ','
    $body = [Text.Encoding]::UTF8.GetBytes(($head | ConvertTo-Json -Compress).TrimEnd('}') + ',"reports":[' + $reports + ']}')
    $hmac = New-Object Security.Cryptography.HMACSHA256 (, [Convert]::FromBase64String($State.key))
    $code = Get-Hex $hmac.ComputeHash([byte[]]([Text.Encoding]::ASCII.GetBytes("govnet-batch-v1`n") + $body))
    $answer = Send-Request 'POST' '/v1/reports' $body @{ 'Govnet-Agent' = $State.agent; 'Govnet-Key' = $State.key_id; 'Govnet-Signature' = $code }
    $said = $answer.text | ConvertFrom-Json
    if ($answer.status -ne 200 -and $ContentRefused -contains $said.error) {
        if ($files.Count -eq 1) { $files | Remove-Item } # refused alone: it will not get better
        $State.most = 1
    }
    if ($answer.status -ne 200 -or $said.batch -ne $head.batch) { throw "refused: $($answer.text)" }
    $done = @($said.accepted) + @($said.duplicate) + @($said.rejected | ForEach-Object { $_.seq })
    $files | Where-Object { $done -contains [long]$_.BaseName } | Remove-Item
    $State.most = [Math]::Min($MostAtOnce, 4 * $State.most); $State.seq = [Math]::Max([long]$State.seq, [long]$said.newest)
}
[Govnet]::Start(); [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]3072 # TLS 1.2
if (-not (Test-Path $StateFile)) {
    $laid = Join-Path $Folder 'token.txt'; $words = [IO.File]::ReadAllText($laid).Trim() -split '\s+'
    $word = $words[0].Substring(4).Replace('-', '+').Replace('_', '/'); $word += '=' * ((4 - $word.Length % 4) % 4)
    $token = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($word)) | ConvertFrom-Json
    $State = @{ url = @($token[0])[0]; fingerprint = $token[1]; secret = $token[2]; code = [string]$words[1..1]; ca = ''
        agent = ''; key_id = ''; machine = ''; key = [Convert]::ToBase64String([Security.Cryptography.Aes]::Create().Key)
        incarnation = [Guid]::NewGuid().ToString('N').Substring(16); seq = 0; most = 1; failures = 0; not_before = 0 }
    New-Item -ItemType Directory -Force $Spool | Out-Null; Save-State; Remove-Item $laid
}
$State = [IO.File]::ReadAllText($StateFile) | ConvertFrom-Json
$starts = Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters'
$Boot = if ($starts.PSObject.Properties['BootId']) { "boot-$($starts.BootId)" } else { [Guid]::NewGuid().ToString() }
try {
    if ($State.machine) { Add-Report }
    if ((Get-Now) -lt $State.not_before) { return }
    Start-Sleep -Milliseconds (Get-Random -Maximum 15000) # offices do not speak in the same second
    if ($State.fingerprint) { if (-not $State.ca) { $State.ca = Get-Ca; Save-State }; [Govnet]::Ca = $State.ca }
    if (-not $State.machine) { Join-Collector; Add-Report }
    Send-Reports
    $State.failures = 0; $State.not_before = 0
} catch {
    $State.failures = [Math]::Min(6, 1 + $State.failures) # it waits up to 640 s
    $State.not_before = (Get-Now) + (Get-Random -Maximum ([int](10 * [Math]::Pow(2, $State.failures))))
    [IO.File]::WriteAllText((Join-Path $Folder 'error.txt'), "$([DateTime]::Now.ToString('s')) $_")
}
Save-State
