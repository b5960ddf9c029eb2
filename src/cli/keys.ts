import { Command } from 'commander';
import { Scope } from '../contracts/index.ts';
import { openLocalKeys } from '../system/index.ts';
import { cliErrors } from './errors.ts';
import { configOf } from './session.ts';

/** `tyrian keys`: who may call this server. Works beside a running server: it sees changes within a second. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys of named people and services');
  keys
    .command('list')
    .description('keys of the tenant, without their secrets')
    .action(async (_options: unknown, command: Command) => {
      const config = configOf(command);
      const { desk, by } = await openLocalKeys(config);
      for (const key of await desk.list(by)) {
        const state = key.revoked_at === null ? 'valid' : `revoked ${key.revoked_at}`;
        console.log(`${key.id}  ${key.name}  ${key.tenant}  ${key.scopes.join(',')}  ${state}`);
      }
    });
  keys
    .command('create')
    .description('issue a key; it is shown this once')
    .argument('<name>', 'person or service that it is for')
    .option(
      '--scopes <scopes>',
      `comma-separated, of ${Scope.options.join(', ')}`,
      'telemetry:write,events:read,ask,ledger:read',
    )
    .action(async (name: string, options: { readonly scopes: string }, command: Command) => {
      const config = configOf(command);
      const { desk, by } = await openLocalKeys(config);
      const scopes = options.scopes.split(',').map((scope) => scopeOf(scope.trim()));
      const { text } = await desk.issue(by, { name, scopes, tenant: config.tenant });
      console.log(text);
    });
  keys
    .command('revoke')
    .description('end a key; a running server refuses it within a second')
    .argument('<id>', 'id of the key')
    .action(async (id: string, _options: unknown, command: Command) => {
      const config = configOf(command);
      const { desk, by } = await openLocalKeys(config);
      const { name } = await desk.revoke(by, id);
      console.log(`The key ${id} of ${name} is revoked.`);
    });
  return keys;
}

function scopeOf(text: string): Scope {
  const scope = Scope.safeParse(text);
  if (scope.success) return scope.data;
  throw cliErrors.make('scope', `There is no scope '${text}'; there are ${Scope.options.join(', ')}`);
}
