import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Question } from '../contracts/index.ts';
import { createScenario, defaultEnd, demoQuestions, writeScenario } from '../evals/index.ts';
import { localPrincipal } from '../guard/index.ts';
import type { Tyrian } from '../system/index.ts';
import { alertTable } from './alerts-text.ts';
import { print } from './ask.ts';
import { count, ledgerTable } from './figures.ts';
import { configOf, withTyrian } from './session.ts';

/** `tyrian demo`: a made-up day with one intrusion goes in, three questions are answered. */
export function demoCommand(setExitCode: (code: number) => void): Command {
  return new Command('demo')
    .description('stream a made-up day with one intrusion in and ask three questions about it')
    .option('--seed <number>', 'the day is made from this number', '1')
    .option('--keep <folder>', 'keep telemetry and data there instead of in a temporary folder')
    .action(async (options: { readonly seed: string; readonly keep?: string }, command: Command) => {
      const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'tyrian-demo-'));
      const started = performance.now();
      const failed = () => setExitCode(1);
      try {
        await run(command, folder, Number(options.seed), failed);
      } finally {
        if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
      }
      console.log(`\nThe demo took ${((performance.now() - started) / 1_000).toFixed(1)} s.`);
      if (options.keep === undefined)
        console.log('Its data is gone again; --keep <folder> keeps it for your own questions.');
    });
}

async function run(command: Command, folder: string, seed: number, failed: () => void): Promise<void> {
  const config = { ...configOf(command), data_folder: join(folder, 'data') };
  const scenario = createScenario({ seed, endsAt: defaultEnd });
  const telemetry = join(folder, 'telemetry');
  const files = await writeScenario(telemetry, scenario);
  console.log(
    `A day of 40 hosts, three cloud accounts and a network sensor, ended ${defaultEnd.toISOString()}, from seed ${seed}: ` +
      `${files.length} files in native formats. One intrusion runs through it.\n`,
  );
  await withTyrian(command, config, async (tyrian, { signal }) => {
    const started = performance.now();
    const before = new Date(Date.now() - 1);
    const result = await tyrian.importPaths({ paths: [telemetry], signal });
    await tyrian.settled(signal);
    const seconds = (performance.now() - started) / 1_000;
    console.log(
      `${count(result.records)} records in ${seconds.toFixed(1)} s: ${count(result.records / seconds)} events/s, ` +
        'from files to stored and durable.\n',
    );
    const report = await tyrian.ledger.report({
      tenant: config.tenant,
      from: before,
      to: new Date(),
      signal,
    });
    console.log(ledgerTable(report));
    if (!report.total.balanced || result.problemsTotal > 0) failed();
    await printAlerts(tyrian, config.tenant, signal);
    for (const { text } of demoQuestions(scenario.facts)) {
      console.log(`\n> ${text}\n`);
      const question: Question = { text };
      const events = tyrian.analyst.ask({ question, principal: localPrincipal(config.tenant), signal });
      await print(events, false, failed);
    }
  });
}

const shownAlerts = 8;

/** What the rules found in the day, highest score first. */
async function printAlerts(tyrian: Tyrian, tenant: string, signal: AbortSignal): Promise<void> {
  const { alerts: queue, journal } = tyrian.workflow;
  await journal.settled(signal);
  const { severity } = await queue.facets(tenant, { signal });
  const total = severity.reduce((sum, one) => sum + one.new, 0);
  const request = { tenant, filter: {}, sort: 'score', limit: shownAlerts } as const;
  const { alerts } = await queue.list(request, { signal });
  console.log(`\n${count(total)} alerts by the rules; those with the highest scores:\n${alertTable(alerts)}`);
}
