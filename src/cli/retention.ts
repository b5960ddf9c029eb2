import { Command } from 'commander';
import { firstLines, table } from './figures.ts';
import { followJob } from './jobs.ts';
import { printable } from './printable.ts';
import { withClient } from './session.ts';

interface JsonOption {
  readonly json?: boolean;
}

/** `tyrian retention`: what is kept how long, and the holds. */
export function retentionCommand(): Command {
  const retention = new Command('retention').description('how long what is kept, and legal holds');
  retention
    .command('show', { isDefault: true })
    .description('days by class, and the holds on the tenant')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const kept = await client.retention({}, { signal });
        if (options.json === true) {
          console.log(JSON.stringify(kept));
          return;
        }
        const days = Object.entries(kept.days).map(([name, value]) => [
          name.replace('_', ' '),
          `${value} days`,
        ]);
        console.log(table([...days, ['telemetry log', `${kept.log_hours} hours`]]));
        const held = kept.holds.map(({ name, reason, placed_at, placed_by }) =>
          printable(`Held: ${name} since ${placed_at.slice(0, 10)} by ${placed_by}: ${reason}`),
        );
        for (const line of firstLines(held)) console.log(line);
      });
    });
  retention
    .command('hold')
    .description('place a legal hold: nothing of the tenant expires or is erased')
    .argument('<name>')
    .argument('<reason...>')
    .option('--json', 'print JSON')
    .action(async (name: string, reason: string[], { json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const hold = await client.placeHold({ body: { name, reason: reason.join(' ') } }, { signal });
        console.log(json === true ? JSON.stringify(hold) : `The hold ${name} is in force.`);
      });
    });
  retention
    .command('release')
    .description('release a legal hold')
    .argument('<name>')
    .option('--json', 'print JSON')
    .action(async (name: string, { json }: JsonOption, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const released = await client.releaseHold({ params: { name } }, { signal });
        console.log(json === true ? JSON.stringify(released) : `The hold ${name} is released.`);
      });
    });
  return retention;
}

/** `tyrian erase`: a person or a whole tenant, as a job with a receipt. */
export function eraseCommand(setExitCode: (code: number) => void): Command {
  return new Command('erase')
    .description('erase a person from the tenant, or all of the tenant; prints the receipt')
    .option('--person <name>', 'a name, address or id as records hold it')
    .option('--all-of-tenant <tenant>', 'everything of the tenant, named again')
    .action(
      async (options: { readonly person?: string; readonly allOfTenant?: string }, command: Command) => {
        const { person, allOfTenant } = options;
        if ((person === undefined) === (allOfTenant === undefined))
          command.error('error: say either --person or --all-of-tenant');
        const body =
          person === undefined
            ? ({ kind: 'tenant', confirm: allOfTenant ?? '' } as const)
            : ({ kind: 'person', name: person } as const);
        await withClient(command, async (client, { signal }) => {
          const { id } = await client.erase({ body }, { signal });
          const job = await followJob(client, id, signal, ({ progress }) => {
            if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progress.note}`);
          });
          if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
          if (job.state !== 'done') {
            console.error(`The job ${id} ${job.state}: ${job.error?.message ?? ''}`);
            setExitCode(1);
          } else console.log(JSON.stringify(job.result, undefined, 2));
        });
      },
    );
}
