import { type Config, TyrianError } from '../contracts/index.ts';
import type { Log } from '../observe/index.ts';
import { setStateAside } from '../state/index.ts';
import { holdDataFolder } from './data-folder.ts';
import { openWorkflow, type Workflow } from './workflow.ts';

export interface Rebuilt {
  readonly changes: number;
  readonly detections: number;
}

/** Makes alerts with their history, keys, settings and the audit trail again from the journal; changes wait meanwhile. */
export async function rebuildTables(
  { journal, audit }: Pick<Workflow, 'journal' | 'audit'>,
  onProgress: (applied: number) => void,
): Promise<Rebuilt> {
  const rebuilt = await journal.rebuild(onProgress);
  await audit.rebuild();
  return rebuilt;
}

/** What the engine says of files that only a new start helps with. */
const lost: readonly string[] = ['state.damaged', 'state.other_engine'];

/**
 * The same for a data folder that no process holds, whatever is wrong with its state: files that the engine can't open are put aside,
 * not deleted (`aside` is their new place), and jobs, agents and deliveries, which are in no journal, begin
 * anew. Throws `system.folder_held` and what topics and state throw.
 */
export async function rebuildState(request: {
  readonly config: Config;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly onProgress: (applied: number) => void;
}): Promise<Rebuilt & { readonly aside: string | null }> {
  const { config, log, clock, onProgress } = request;
  const folder = holdDataFolder(config.data_folder, 'state rebuild');
  try {
    const open = () => openWorkflow({ config, folder, log, clock, onRules: () => {}, onMask: () => {} });
    let aside: string | undefined;
    const workflow = await open().catch(async (error: unknown) => {
      if (!(error instanceof TyrianError && lost.includes(error.code))) throw error;
      aside = setStateAside(folder.state, clock);
      return await open();
    });
    try {
      return { ...(await rebuildTables(workflow, onProgress)), aside: aside ?? null };
    } finally {
      await workflow.close();
    }
  } finally {
    folder.release();
  }
}
