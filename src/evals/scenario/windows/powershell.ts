import { qualified } from '../company/accounts.ts';
import { type Micros, millisecond } from '../day.ts';
import { uuid } from '../identifiers.ts';
import type { World } from '../world.ts';
import { eventKinds } from './event-kinds.ts';
import { images } from './images.ts';
import type { Process } from './processes.ts';
import { logWindows } from './record.ts';

/** The command line that hands PowerShell a script as base64 of UTF-16, as its `-EncodedCommand` wants it. */
export function encodedCommand(script: string, flags = '-NoProfile -NonInteractive'): string {
  return `"${images.powershell}" ${flags} -enc ${Buffer.from(script, 'utf16le').toString('base64')}`;
}

/** What a PowerShell process ran: the script block (4104) and one command of it (4103). */
export function logScript(world: World, process: Process, at: Micros, script: string, command: string): void {
  const { host } = process;
  const by = { host, pid: process.pid, user: process.session.account };
  const block = {
    MessageNumber: '1',
    MessageTotal: '1',
    ScriptBlockText: script,
    ScriptBlockId: uuid(world.random),
    Path: '',
  };
  logWindows(world, { ...by, at, kind: eventKinds.scriptBlock, data: block });
  const call = {
    ContextInfo: contextInfo(world, process, command),
    UserData: '',
    Payload: `CommandInvocation(${command}): "${command}"`,
  };
  logWindows(world, { ...by, at: at + 40 * millisecond, kind: eventKinds.moduleLog, data: call });
}

function contextInfo(world: World, process: Process, command: string): string {
  return [
    'Severity = Informational',
    'Host Name = ConsoleHost',
    'Host Version = 5.1.22621.3672',
    `Host ID = ${uuid(world.random)}`,
    `Host Application = ${process.command}`,
    'Engine Version = 5.1.22621.3672',
    `Runspace ID = ${uuid(world.random)}`,
    'Pipeline ID = 1',
    `Command Name = ${command}`,
    'Command Type = Cmdlet',
    `User = ${qualified(process.session.account)}`,
    'Shell ID = Microsoft.PowerShell',
  ]
    .map((line) => `        ${line}`)
    .join('\r\n');
}
