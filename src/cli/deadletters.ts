import { Command } from 'commander';
import type { DeadLetterReasons } from '../contracts/index.ts';
import { endedWell } from './backup.ts';
import { count, table } from './figures.ts';
import { followJob } from './jobs.ts';
import { printable } from './printable.ts';
import { progressLine } from './progress-line.ts';
import { withClient } from './session.ts';

/** Characters of a sample. */
const shownSample = 200;

interface FilterOptions {
  readonly source?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/** `tyrian deadletters`: records that could not become events. */
export function deadLettersCommand(): Command {
  const letters = new Command('deadletters').description('records that could not become events');
  letters
    .command('list', { isDefault: true })
    .description('by reason, with a sample of each')
    .option('--source <name>', 'of one source')
    .option('--reason <code>', 'of one reason: normalise.missing_field')
    .option('--json', 'print JSON')
    .action(async (options: FilterOptions, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const found = await client.deadLetterReasons({ query: filterOf(options) }, { signal });
        console.log(options.json === true ? JSON.stringify(found) : reasonsText(found));
      });
    });
  letters
    .command('replay')
    .description('receive them again, after a mapping was mended; all of the tenant unless said')
    .option('--source <name>', 'of one source')
    .option('--reason <code>', 'of one reason')
    .option('--path <path>', 'of one field path')
    .option('--json', 'print the job as JSON')
    .action(async (options: FilterOptions & { readonly path?: string }, command: Command) => {
      const { path } = options;
      const body = { ...filterOf(options), ...(path === undefined ? {} : { path }) };
      await withClient(command, async (client, { signal }) => {
        const line = progressLine();
        const { id } = await client.replayDeadLetters({ body }, { signal });
        const job = await followJob(client, id, signal, ({ progress: { done, total } }) =>
          line.show(`${count(done)} of ${count(total ?? 0)}`),
        );
        line.end();
        console.log(options.json === true ? JSON.stringify(job) : replayText(endedWell(job).result));
      });
    });
  return letters;
}

const filterOf = ({ source, reason }: FilterOptions) => ({
  ...(source === undefined ? {} : { source }),
  ...(reason === undefined ? {} : { code: reason }),
});

function reasonsText({ reasons, total, truncated }: DeadLetterReasons): string {
  if (total === 0) return 'No dead letters.';
  const rows = reasons.map(({ source, code, path, count: n, newest }) => [
    `${source}  ${code}${path === '' ? '' : ` at ${path}`}`,
    count(n),
    newest.slice(0, 19),
  ]);
  const samples = reasons.map(
    ({ code, message, sample }) =>
      `${code}: ${printable(message)}\n  ${printable(sample.slice(0, shownSample))}`,
  );
  const more = truncated ? `\nOnly the ${reasons.length} most frequent reasons are shown.` : '';
  return `${table([['source and reason', 'letters', 'newest'], ...rows])}\n\n${count(total)} in all.${more}\n\n${samples.join('\n')}`;
}

function replayText(result: Readonly<Record<string, unknown>> | null): string {
  const of = (name: string) => Number(result?.[name] ?? 0);
  const cut = of('cut');
  return (
    `${count(of('replayed'))} received again, of which ${count(of('dead_again'))} are dead letters again.` +
    (cut === 0 ? '' : `\n${count(cut)} are kept only in part and stay as they are.`)
  );
}
