import type { ImportOutcome } from '../contracts/index.ts';
import { bytes, count, ledgerTable } from './figures.ts';

const progressEveryMilliseconds = 1_000;

/** What an import came to, wherever it ran. */
export interface Imported extends Pick<ImportOutcome, 'files' | 'bytes' | 'records' | 'problemsTotal'> {
  readonly problems: readonly ImportOutcome['problems'][number][];
  readonly seconds: number;
  /** Null when it is not known of these records alone. */
  readonly totals: { readonly stored: number; readonly duplicate: number; readonly dead: number } | null;
  /** Of the time since it began; null when the caller may not see it. */
  readonly ledger: (Parameters<typeof ledgerTable>[0] & { readonly from: string }) | null;
}

/** Prints it for people: problems first, then one line of figures, then the ledger. */
export function printImported(imported: Imported): void {
  const { files, records, problems, problemsTotal, seconds, totals, ledger } = imported;
  for (const { path, code, message } of problems) console.error(`${path}: ${message} (${code})`);
  const more = problemsTotal - problems.length;
  if (more > 0) console.error(`… and ${count(more)} more problems`);
  const rate = count(records / Math.max(seconds, 0.001));
  const of =
    totals === null
      ? ''
      : `, of which ${count(totals.stored)} stored, ${count(totals.duplicate)} already known, ` +
        `${count(totals.dead)} dead letters`;
  console.log(
    `${count(records)} records from ${count(files)} files (${bytes(imported.bytes)}) in ` +
      `${seconds.toFixed(1)} s: ${rate} events/s${of}.`,
  );
  if (ledger !== null) console.log(`\nReceived since ${ledger.from.slice(0, 16)}Z:\n${ledgerTable(ledger)}`);
}

/** A line that is written over itself on a terminal, and elsewhere not at all. */
export function progressLine(started: number) {
  const terminal = process.stderr.isTTY;
  let last = started;
  const write = (text: string) => {
    if (terminal) process.stderr.write(`\r\u001b[K${text}`);
  };
  return {
    progress(state: {
      readonly files: number;
      readonly filesTotal: number;
      readonly bytes: number;
      readonly bytesTotal: number;
      readonly records: number;
    }) {
      const now = performance.now();
      if (now - last < progressEveryMilliseconds) return;
      last = now;
      const rate = state.records / ((now - started) / 1_000);
      write(
        `${count(state.records)} records, ${count(rate)} events/s, ${state.files}/${state.filesTotal} files, ` +
          `${bytes(state.bytes)} of ${bytes(state.bytesTotal)}`,
      );
    },
    write,
    waiting: () => write('All is in the log; waiting for the pipeline'),
    end: () => write(''),
  };
}
