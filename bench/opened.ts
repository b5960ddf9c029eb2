import { randomBytes } from 'node:crypto';
import { readConfig } from '../src/contracts/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { openTyrian, type Tyrian } from '../src/system/index.ts';

/** An open Tyrian on a data folder, with the settings that a user has. */
export async function openForBench(folder: string): Promise<Tyrian> {
  const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
  const metrics = createMetrics();
  return await openTyrian({
    config: readConfig({ environment: {}, overrides: { data_folder: folder } }),
    command: 'bench',
    log,
    metrics,
    emit: createEmit({ log, metrics }),
    clock: Date.now,
    onFatal: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
}
