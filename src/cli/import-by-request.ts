import type { Client } from '../client/index.ts';
import { type ErrorCode, maxImportProblems, type RecordGroup, TyrianError } from '../contracts/index.ts';
import { type FileProblem, importPaths, requestBodyOf, type Sources } from '../intake/index.ts';
import { type Imported, progressLine } from './import-words.ts';
import { patiently } from './patiently.ts';

/** Requests that are under way at once; each holds at most a group: 1 MiB or 4,000 records. */
const requestsAtOnce = 4;
const longestStreamName = 200;
const credential = 'import';

interface Order {
  readonly paths: readonly string[];
  readonly source: string | undefined;
  readonly sources: Sources;
}

/**
 * Reads files here and sends their records to a server elsewhere, in requests of at most 1 MiB or 4,000 records. Sent again, the same
 * file makes the same requests, and nothing is stored twice. When the server says that it is busy or the tenant beyond its quota, waits
 * as long as it is told. What no request can carry is a problem of its file. Rejects with the server's refusal of all of it (401, 403,
 * 404), and when the signal aborts.
 */
export async function importByRequest(client: Client, order: Order, signal: AbortSignal): Promise<Imported> {
  const started = performance.now();
  const before = new Date(Date.now() - 1);
  const show = progressLine(started);
  const sender = createSender(client, order.sources, signal);
  const read = await importPaths({
    ...{ ...order, signal, credential, tenant: credential, clock: Date.now },
    append: sender.send,
    onProgress: show.progress,
  });
  show.end();
  if (read.stopped) throw signal.reason;
  const problems = [...read.problems, ...sender.problems()].slice(0, maxImportProblems);
  const { files, bytes } = read;
  return {
    ...{ files, bytes, records: sender.accepted() },
    ...{ problems, problemsTotal: read.problemsTotal + sender.problemsTotal() },
    seconds: (performance.now() - started) / 1_000,
    totals: null,
    ledger: await ledgerSince(client, before, signal),
  };
}

function createSender(client: Client, sources: Sources, signal: AbortSignal) {
  const problems: FileProblem[] = [];
  let [accepted, problemsTotal] = [0, 0];
  /** Groups of each file so far: with its seed what tells two equal requests of one file apart. */
  const groups = new Map<string, number>();
  const lanes = createLanes(requestsAtOnce);
  const tell = (group: RecordGroup, records: number, code: string, message: string) => {
    problemsTotal += 1;
    const path = group.stream.slice(credential.length + 1);
    if (problems.length < maxImportProblems)
      problems.push({ path, code: code as ErrorCode, message: `${records} records: ${message}` });
  };
  const post = async (group: RecordGroup, body: Buffer<ArrayBuffer>, key: string) => {
    const headers = { 'x-tyrian-stream': streamName(group.stream), 'idempotency-key': key };
    const input = { params: { source: group.source }, headers, body };
    try {
      const receipt = await patiently(() => client.sendTelemetry(input, { signal }), signal);
      accepted += receipt.accepted;
      const [first] = receipt.refused.records;
      if (first !== undefined) tell(group, receipt.refused.total, first.code, first.message);
    } catch (error) {
      if (!(error instanceof TyrianError) || error.code !== 'intake.none_accepted') throw error;
      tell(group, group.count, error.code, error.message);
    }
  };
  return {
    async send(group: RecordGroup): Promise<void> {
      const index = groups.get(group.stream) ?? 0;
      groups.set(group.stream, index + 1);
      const made = requestBodyOf(group, sources);
      if ('body' in made) await lanes(() => post(group, made.body, `${group.seed}-${index}`));
      else tell(group, group.count, made.code, made.message);
    },
    accepted: () => accepted,
    problems: () => problems,
    problemsTotal: () => problemsTotal,
  };
}

/** What is visible ASCII of a path's end. */
const streamName = (stream: string) => encodeURI(stream).slice(-longestStreamName);

/** Runs at most so many at a time, in order of asking. */
function createLanes(most: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** A key that ships telemetry need not be one that reads the ledger. */
async function ledgerSince(client: Client, from: Date, signal: AbortSignal): Promise<Imported['ledger']> {
  const query = { from: from.toISOString(), to: new Date(Date.now() + 1_000).toISOString() };
  try {
    return await client.ledger({ query }, { signal });
  } catch (error) {
    if (error instanceof TyrianError && error.code === 'guard.scope_missing') return null;
    throw error;
  }
}
