import { resolve } from 'node:path';
import type { Client } from '../client/index.ts';
import { type ErrorCode, ImportOutcome, type JobView, TyrianError } from '../contracts/index.ts';
import { bytes } from './figures.ts';
import { type Imported, progressLine } from './import-words.ts';
import { followJob } from './jobs.ts';

interface Order {
  readonly paths: readonly string[];
  readonly source: string | undefined;
}

/**
 * Has the Tyrian that holds the data folder import the files itself, and follows that. The signal cancels the import: what it has read
 * stays. Rejects with the error that the import ended with.
 */
export async function importByJob(client: Client, order: Order, signal: AbortSignal): Promise<Imported> {
  const { paths, source } = order;
  const started = performance.now();
  const before = new Date(Date.now() - 1);
  const body = { paths: paths.map((path) => resolve(path)), ...(source === undefined ? {} : { source }) };
  const { id } = await client.startImport({ body }, { signal });
  const show = progressLine(started);
  const job = await followJob(client, id, signal, ({ progress: { done, total, note } }) =>
    show.write(total === null ? note : `${note}, ${bytes(done)} of ${bytes(total)}`),
  ).catch(async (error: unknown) => {
    show.end();
    if (signal.aborted) await cancel(client, id);
    throw error;
  });
  show.end();
  const outcome = outcomeOf(job);
  const seconds = (performance.now() - started) / 1_000;
  const query = { from: before.toISOString(), to: new Date().toISOString() };
  return { ...outcome, seconds, ledger: await client.ledger({ query }, { signal }) };
}

function outcomeOf({ id, state, error, result }: JobView): ImportOutcome {
  if (state === 'done') return ImportOutcome.parse(result);
  if (error === null) throw new DOMException(`The import ${id} was cancelled`, 'AbortError');
  throw new TyrianError(error.code as ErrorCode, error.message);
}

/** Best effort: it may have ended meanwhile. */
async function cancel(client: Client, id: string): Promise<void> {
  try {
    const { progress } = await client.cancelJob({ params: { id } });
    console.error(`The import ${id} is told to stop; what it has read stays: ${progress.note}`);
  } catch (error) {
    console.error(
      `The import ${id} could not be told to stop: ${error instanceof Error ? error.message : error}`,
    );
  }
}
