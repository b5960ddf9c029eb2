import { Command } from 'commander';
import { cliErrors } from './errors.ts';
import { ledgerTable } from './figures.ts';
import { withClient } from './session.ts';

/** `tyrian ledger`: what became of every record. */
export function ledgerCommand(setExitCode: (code: number) => void): Command {
  return new Command('ledger')
    .description('what became of every record: received = stored + joined + duplicate + dead + in flight')
    .option('--since <time>', 'only records received since: 24h, 7d, 90m, or an ISO time')
    .option('--json', 'print JSON')
    .action(async (options: { readonly since?: string; readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const to = new Date(Date.now() + 60_000);
        const from = options.since === undefined ? new Date(0) : startOf(options.since, Date.now());
        const query = { from: from.toISOString(), to: to.toISOString() };
        const report = await client.ledger({ query }, { signal });
        console.log(options.json === true ? JSON.stringify(report) : ledgerTable(report));
        if (!report.total.balanced) setExitCode(1);
      });
    });
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `24h`, `7d`, `90m` before now, or an ISO time. */
function startOf(text: string, now: number): Date {
  const [, digits, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const time =
    digits === undefined ? Date.parse(text) : now - Number(digits) * units[unit as keyof typeof units];
  if (Number.isNaN(time))
    throw cliErrors.make('time', `"${text}" is neither like 24h, 7d, 90m nor an ISO time`);
  return new Date(time);
}
