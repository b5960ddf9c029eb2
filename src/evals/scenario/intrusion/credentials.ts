import { type Micros, millisecond, second } from '../day.ts';
import { images } from '../windows/images.ts';
import type { Process } from '../windows/processes.ts';
import { logFileCreate, logProcessAccess } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { startAttackProcess, talkToAttacker } from './marked.ts';

/** The memory of lsass is written to a file with the system's own comsvcs.dll, and sent out. */
export function dumpCredentials(world: World, elevated: Process, at: Micros): void {
  const { lsass } = world.boot(elevated.host);
  const path = `C:\\Users\\Public\\${world.random.text('abcdefgh', 6)}.log`;
  const dumper = startAttackProcess(world, {
    at,
    parent: elevated,
    image: images.rundll32,
    command: `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${lsass.pid} ${path} full`,
    lasts: 6 * second,
  });
  const via = 'C:\\Windows\\System32\\dbgcore.dll+6d3f|C:\\Windows\\System32\\comsvcs.dll+2f1b0';
  logProcessAccess(world, at + 300 * millisecond, { source: dumper, target: lsass, mask: '0x1fffff', via });
  logFileCreate(world, dumper, at + 500 * millisecond, path);
  talkToAttacker(world, {
    at: at + 45 * second,
    process: elevated,
    site: world.outside.attacker.command,
    sent: world.random.integer(48_000_000, 71_000_000),
    received: 4_200,
    lasts: 38 * second,
  });
}
