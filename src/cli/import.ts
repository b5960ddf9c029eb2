import { Command } from 'commander';
import { TyrianError } from '../contracts/index.ts';
import { bytes, count, ledgerTable } from './figures.ts';
import { configOf, withTyrian } from './session.ts';

const progressEveryMilliseconds = 1_000;

/** `tyrian import PATH…`: files and folders, each record stored once however often it is imported. */
export function importCommand(setExitCode: (code: number) => void): Command {
  return new Command('import')
    .description('import files and folders: NDJSON, JSON, CloudTrail, Windows XML, .evtx; plain, .gz or .zst')
    .argument('<paths...>', 'files and folders')
    .option('--source <name>', 'take every record as of this source instead of recognising it')
    .option('--json', 'print the result as JSON')
    .action(
      async (
        paths: string[],
        options: { readonly source?: string; readonly json?: boolean },
        command: Command,
      ) => {
        const config = configOf(command);
        await withTyrian(command, config, async (tyrian, { signal }) => {
          const started = performance.now();
          const before = new Date(Date.now() - 1);
          const show = progressLine(started);
          const result = await tyrian.importPaths({
            paths,
            source: options.source,
            signal,
            onProgress: show.progress,
          });
          show.waiting();
          await tyrian.settled(signal);
          show.end();
          const seconds = (performance.now() - started) / 1_000;
          const totals = tyrian.totals();
          const report = await tyrian.ledger.report({
            tenant: config.tenant,
            from: before,
            to: new Date(),
            signal,
          });
          if (options.json === true)
            console.log(JSON.stringify({ ...result, seconds, totals, ledger: report }));
          else {
            for (const { path, code, message } of result.problems)
              console.error(`${path}: ${message} (${code})`);
            const more = result.problemsTotal - result.problems.length;
            if (more > 0) console.error(`… and ${count(more)} more problems`);
            const rate = count(result.records / Math.max(seconds, 0.001));
            console.log(
              `${count(result.records)} records from ${count(result.files)} files (${bytes(result.bytes)}) in ` +
                `${seconds.toFixed(1)} s: ${rate} events/s, of which ${count(totals.stored)} stored, ` +
                `${count(totals.duplicate)} already known, ${count(totals.dead)} dead letters.`,
            );
            console.log(`\nReceived since ${report.from.slice(0, 16)}Z:\n${ledgerTable(report)}`);
          }
          if (result.stopped) throw new DOMException('stopped', 'AbortError');
          if (result.problemsTotal > 0) setExitCode(1);
        }).catch((error: unknown) => {
          if (error instanceof TyrianError && error.code === 'log.disk_full') setExitCode(1);
          throw error;
        });
      },
    );
}

/** A line that is written over itself on a terminal, and once a second elsewhere not at all. */
function progressLine(started: number) {
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
    waiting: () => write('All is in the log; waiting for the pipeline'),
    end: () => write(''),
  };
}
