import { connect } from '../activity/connect.ts';
import type { Host } from '../company/hosts.ts';
import { anyTime, millisecond, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { encodedCommand, logScript } from '../windows/powershell.ts';
import { startProcess } from '../windows/processes.ts';
import type { World } from '../world.ts';
import { logNotice, logTls } from '../zeek/protocols.ts';

const runsPerHost = 5;

const scripts: readonly (readonly [string, string])[] = [
  [
    'Get-CimInstance Win32_OperatingSystem | Select-Object Version, LastBootUpTime | ConvertTo-Json',
    'Get-CimInstance',
  ],
  ['Get-HotFix | Where-Object InstalledOn -gt (Get-Date).AddDays(-30) | ConvertTo-Json', 'Get-HotFix'],
  ['Get-Service | Where-Object Status -eq Running | Select-Object Name | ConvertTo-Json', 'Get-Service'],
  ['Get-LocalGroupMember -Group Administrators | ConvertTo-Json', 'Get-LocalGroupMember'],
  [
    '(New-Object Net.WebClient).DownloadString("http://hl-mgt-01/inventory.ps1") | Invoke-Expression',
    'Invoke-Expression',
  ],
];

/** The management agent takes inventory by encoded PowerShell, hidden and without a profile, on every host. */
export function takeInventory(world: World): void {
  for (const host of world.hosts) {
    for (let run = world.count(runsPerHost); run > 0; run -= 1) runScript(world, host);
  }
}

function runScript(world: World, host: Host): void {
  const { random } = world;
  const at = anyTime(random, world.day);
  const [script, command] = random.pick(scripts);
  const process = startProcess(world, {
    at,
    parent: world.boot(host).fleetAgent,
    image: images.powershell,
    command: encodedCommand(script, '-NoP -NonI -W Hidden -ExecutionPolicy Bypass'),
    lasts: random.integer(2, 40) * second,
  });
  logScript(world, process, at + 350 * millisecond, script, command);
  const management = world.server('management-server');
  if (management === host) return;
  const connection = connect(world, {
    at: at + second,
    from: host,
    to: management,
    port: 8443,
    service: 'ssl',
    sent: random.integer(4_000, 60_000),
    received: random.integer(600, 2_000),
    lasts: random.integer(80, 900) * millisecond,
    by: world.boot(host).fleetAgent,
  });
  const issuer = `CN=${management.dnsName}`;
  logTls(world, connection, { name: management.dnsName, issuer, trusted: false });
  if (random.chance(0.1)) {
    logNotice(world, connection, {
      note: 'SSL::Invalid_Server_Cert',
      msg: 'SSL certificate validation failed with (self signed certificate)',
      sub: issuer,
    });
  }
}
