import { type RemoteRun, type RemoteService, runPsExec } from '../activity/remote-service.ts';
import { type Transfer, talkTls } from '../activity/web.ts';
import type { Process, ProcessStart } from '../windows/processes.ts';
import { startProcess } from '../windows/processes.ts';
import type { World } from '../world.ts';
import type { Connection } from '../zeek/record.ts';

/** The intruder's acts: the same as anybody's, and marked. */
export function startAttackProcess(world: World, start: ProcessStart): Process {
  const process = startProcess(world, start);
  world.marks.processGuids.add(process.guid);
  return process;
}

export function talkToAttacker(world: World, transfer: Transfer): Connection {
  const connection = talkTls(world, transfer);
  world.marks.connectionUids.add(connection.uid);
  return connection;
}

export function runAttackPsExec(world: World, remote: RemoteService): RemoteRun {
  const run = runPsExec(world, remote);
  world.marks.processGuids.add(run.tool.guid).add(run.service.guid);
  world.marks.connectionUids.add(run.connection.uid);
  return run;
}
