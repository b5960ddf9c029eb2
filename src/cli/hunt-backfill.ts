import { Command } from 'commander';
import { followHunt } from './hunt-follow.ts';
import { huntText } from './hunt-text.ts';
import { withClient } from './session.ts';

interface BackfillCommandOptions {
  readonly rule?: string;
  readonly since: string;
  readonly until?: string;
  readonly json?: boolean;
}

/** `tyrian rules backfill`: makes the detections that rules in force missed: they came later, were off, or the engine was down. */
export function backfillCommand(): Command {
  return new Command('backfill')
    .description('judge stored events by the rules in force and make the detections that are missing')
    .option('--rule <id>', 'by one rule; all unless said')
    .requiredOption('--since <time>', 'start of the window: 30d, 24h, 90m, or an ISO time')
    .option('--until <time>', 'its end; now unless said')
    .option('--json', 'print JSON')
    .action(async ({ rule, since, until, json }: BackfillCommandOptions, command: Command) => {
      const body = {
        since,
        ...(rule === undefined ? {} : { rule }),
        ...(until === undefined ? {} : { until }),
      };
      await withClient(command, async (client, { signal }) => {
        const filled = await followHunt(client, await client.backfillRules({ body }, { signal }), signal);
        console.log(json === true ? JSON.stringify(filled) : huntText(filled));
      });
    });
}
