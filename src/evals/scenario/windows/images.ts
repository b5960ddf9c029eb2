import { fileNameOf } from '../identifiers.ts';

/** Programs by their paths, so that an image is spelled the same everywhere. */
const system32 = 'C:\\Windows\\System32';

export const images = {
  system: 'System',
  smss: `${system32}\\smss.exe`,
  csrss: `${system32}\\csrss.exe`,
  wininit: `${system32}\\wininit.exe`,
  winlogon: `${system32}\\winlogon.exe`,
  services: `${system32}\\services.exe`,
  lsass: `${system32}\\lsass.exe`,
  svchost: `${system32}\\svchost.exe`,
  spoolsv: `${system32}\\spoolsv.exe`,
  dns: `${system32}\\dns.exe`,
  userinit: `${system32}\\userinit.exe`,
  explorer: 'C:\\Windows\\explorer.exe',
  cmd: `${system32}\\cmd.exe`,
  conhost: `${system32}\\conhost.exe`,
  powershell: `${system32}\\WindowsPowerShell\\v1.0\\powershell.exe`,
  rundll32: `${system32}\\rundll32.exe`,
  whoami: `${system32}\\whoami.exe`,
  net: `${system32}\\net.exe`,
  nltest: `${system32}\\nltest.exe`,
  ipconfig: `${system32}\\ipconfig.exe`,
  systeminfo: `${system32}\\systeminfo.exe`,
  tasklist: `${system32}\\tasklist.exe`,
  schtasks: `${system32}\\schtasks.exe`,
  fodhelper: `${system32}\\fodhelper.exe`,
  wmiprvse: `${system32}\\wbem\\WmiPrvSE.exe`,
  wmic: `${system32}\\wbem\\WMIC.exe`,
  ntdsutil: `${system32}\\ntdsutil.exe`,
  vssadmin: `${system32}\\vssadmin.exe`,
  msiexec: `${system32}\\msiexec.exe`,
  taskhostw: `${system32}\\taskhostw.exe`,
  backgroundTask: `${system32}\\backgroundTaskHost.exe`,
  dllhost: `${system32}\\dllhost.exe`,
  searchHost: `${system32}\\SearchProtocolHost.exe`,
  gpupdate: `${system32}\\gpupdate.exe`,
  wuauclt: `${system32}\\wuauclt.exe`,
  defrag: `${system32}\\defrag.exe`,
  sppsvc: `${system32}\\sppsvc.exe`,
  curl: `${system32}\\curl.exe`,
  notepad: `${system32}\\notepad.exe`,
  calculator: `${system32}\\win32calc.exe`,
  mstsc: `${system32}\\mstsc.exe`,
  tiworker: 'C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack\\TiWorker.exe',
  defender: 'C:\\Program Files\\Windows Defender\\MsMpEng.exe',
  sysmon: 'C:\\Windows\\Sysmon64.exe',
  winlogbeat: 'C:\\Program Files\\Winlogbeat\\winlogbeat.exe',
  fleetAgent: 'C:\\Program Files\\FleetTend\\ftagent.exe',
  gauge: 'C:\\Program Files\\Gaugeworks\\gwagent.exe',
  w3wp: `${system32}\\inetsrv\\w3wp.exe`,
  sqlservr: 'C:\\Program Files\\Microsoft SQL Server\\MSSQL16.MSSQLSERVER\\MSSQL\\Binn\\sqlservr.exe',
  backup: 'C:\\Program Files\\Coldharbour\\chbackup.exe',
  scanner: 'C:\\Program Files\\Reefscan\\reefscand.exe',
  runner: 'C:\\Program Files\\BuildLane\\blrunner.exe',
  git: 'C:\\Program Files\\Git\\cmd\\git.exe',
  node: 'C:\\Program Files\\nodejs\\node.exe',
  code: 'C:\\Program Files\\Quillpad\\quillpad.exe',
  aws: 'C:\\Program Files\\Amazon\\AWSCLIV2\\aws.exe',
  firefox: 'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
  chat: 'C:\\Program Files\\Tidechat\\tidechat.exe',
  outlook: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE',
  word: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE',
  excel: 'C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE',
  sevenZip: 'C:\\Program Files\\7-Zip\\7z.exe',
  psexec: 'C:\\Tools\\Sysinternals\\PsExec64.exe',
  procdump: 'C:\\Tools\\Sysinternals\\procdump64.exe',
  psexesvc: 'C:\\Windows\\PSEXESVC.exe',
} as const;

interface ImageFacts {
  readonly FileVersion: string;
  readonly Description: string;
  readonly Product: string;
  readonly Company: string;
}

const windows: ImageFacts = {
  FileVersion: '10.0.22621.3672 (WinBuild.160101.0800)',
  Description: 'Windows component',
  Product: 'Microsoft® Windows® Operating System',
  Company: 'Microsoft Corporation',
};
const office: ImageFacts = {
  FileVersion: '16.0.17328.20184',
  Description: 'Microsoft Office component',
  Product: 'Microsoft Office',
  Company: 'Microsoft Corporation',
};
const sysinternals: ImageFacts = {
  FileVersion: '2.43',
  Description: 'Sysinternals tool',
  Product: 'Sysinternals',
  Company: 'Sysinternals - www.sysinternals.com',
};
const other: ImageFacts = {
  FileVersion: '4.2.1',
  Description: 'Application',
  Product: 'Application',
  Company: '-',
};

/** The version resource of an image, as Sysmon's process records carry it. */
export function versionOf(image: string): ImageFacts & { readonly OriginalFileName: string } {
  return { ...family(image), OriginalFileName: fileNameOf(image) };
}

function family(image: string): ImageFacts {
  if (image.includes('Sysinternals') || image === images.psexesvc || image === images.sysmon)
    return sysinternals;
  if (image.startsWith('C:\\Windows\\')) return windows;
  return image.includes('Microsoft Office') ? office : other;
}
