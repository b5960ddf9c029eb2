import { Command } from 'commander';
import { ledgerTable } from './figures.ts';
import { configOf, withTyrian } from './session.ts';

/** `tyrian ledger`: what became of every record. */
export function ledgerCommand(setExitCode: (code: number) => void): Command {
  return new Command('ledger')
    .description('what became of every record: received = stored + duplicate + dead + in flight')
    .option('--since <hours>', 'only records received in the last so many hours')
    .option('--json', 'print JSON')
    .action(async (options: { readonly since?: string; readonly json?: boolean }, command: Command) => {
      const config = configOf(command);
      await withTyrian(command, config, async (tyrian, { signal }) => {
        const to = new Date(Date.now() + 60_000);
        const hours = Number(options.since ?? Number.NaN);
        const from = Number.isFinite(hours) ? new Date(Date.now() - hours * 3_600_000) : new Date(0);
        const report = await tyrian.ledger.report({ tenant: config.tenant, from, to, signal });
        console.log(options.json === true ? JSON.stringify(report) : ledgerTable(report));
        if (!report.total.balanced) setExitCode(1);
      });
    });
}
