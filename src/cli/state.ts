import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { createLog, createTrace } from '../observe/index.ts';
import { holderOf, rebuildState } from '../system/index.ts';
import { endedWell } from './backup.ts';
import { count } from './figures.ts';
import { followJob } from './jobs.ts';
import { progressLine } from './progress-line.ts';
import { configOf, withClient } from './session.ts';

/** `tyrian state`: the tables that people work with. */
export function stateCommand(): Command {
  const state = new Command('state').description('alerts, keys and settings as tables');
  state
    .command('rebuild')
    .description('make alerts with their history, keys, settings and the audit trail again from the journal')
    .option('--json', 'print JSON')
    .action(async ({ json }: { readonly json?: boolean }, command: Command) => {
      const { url } = command.optsWithGlobals<{ readonly url?: string }>();
      const held = holderOf(configOf(command).data_folder) !== undefined;
      const rebuilt = held || url !== undefined ? await throughJob(command) : await alone(command);
      console.log(json === true ? JSON.stringify(rebuilt) : told(rebuilt));
    });
  return state;
}

interface Told {
  readonly changes: number;
  readonly detections: number;
  readonly aside: string | null;
}

async function throughJob(command: Command): Promise<Told> {
  return await withClient(command, async (client, { signal }) => {
    const line = progressLine();
    const { id } = await client.rebuildState({ body: {} }, { signal });
    const job = await followJob(client, id, signal, ({ progress: { done, total } }) =>
      line.show(`${count(done)} of ${count(total ?? 0)}`),
    );
    line.end();
    const { result } = endedWell(job);
    return { changes: Number(result?.changes), detections: Number(result?.detections), aside: null };
  });
}

/** Opens journal and tables alone: what else is wrong with the folder does not matter here. */
async function alone(command: Command): Promise<Told> {
  const line = progressLine();
  const rebuilt = await rebuildState({
    config: configOf(command),
    log: createLog({ level: 'warn', trace: createTrace(randomBytes) }),
    clock: Date.now,
    onProgress: (applied) => line.show(count(applied)),
  });
  line.end();
  return rebuilt;
}

function told({ changes, detections, aside }: Told): string {
  const made = `Made again from ${count(changes)} changes and ${count(detections)} detections.`;
  if (aside === null) return made;
  return `${made} Jobs, agents and deliveries begin anew; the files that could not be opened lie in ${aside}`;
}
