import { Command } from 'commander';
import { type KeyView, Role, Scope } from '../contracts/index.ts';
import { cliErrors } from './errors.ts';
import { firstLines } from './figures.ts';
import { withClient } from './session.ts';

/** `tyrian keys`: who may call this server. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys of named people and services');
  keys
    .command('list')
    .description('keys of the tenant, without their secrets')
    .option('--json', 'print JSON')
    .action(async ({ json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const { keys: all } = await client.keys({}, { signal });
        if (json === true) console.log(JSON.stringify(all));
        else for (const line of firstLines(all.map((key) => keyLine(key, new Date())))) console.log(line);
      });
    });
  keys
    .command('create')
    .description('issue a key; it is shown this once')
    .argument('<name>', 'person or service that it is for')
    .option('--role <role>', `what it may do: ${Role.options.join(', ')}`)
    .option('--scopes <scopes>', `what it may do, comma-separated: ${Scope.options.join(', ')}`)
    .option('--expires <time>', 'when it ends: 90d, 12h, or an ISO time; never unless said')
    .option('--json', 'print JSON')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const order = { name, ...permissionOf(options), ...endOf(options.expires, Date.now()) };
      await withClient(command, async (client, { signal }) => {
        const issued = await client.issueKey({ body: order }, { signal });
        console.log(options.json === true ? JSON.stringify(issued) : issued.secret);
      });
    });
  keys
    .command('revoke')
    .description('end a key, at once')
    .argument('<id>', 'id of the key')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const key = await client.revokeKey({ params: { id } }, { signal });
        console.log(json === true ? JSON.stringify(key) : `The key ${id} of ${key.name} is revoked.`);
      });
    });
  return keys;
}

interface CreateOptions {
  readonly role?: string;
  readonly scopes?: string;
  readonly expires?: string;
  readonly json?: boolean;
}

/** What a key may do when nothing is said: send telemetry, ask, and look. */
const usualScopes = 'telemetry:write,events:read,ask,ledger:read';

function permissionOf({ role, scopes }: CreateOptions) {
  if (role !== undefined && scopes !== undefined)
    throw cliErrors.make('scope', 'A key is issued with --role or with --scopes: say one of the two');
  if (role === undefined)
    return { scopes: (scopes ?? usualScopes).split(',').map((one) => scopeOf(one.trim())) };
  const known = Role.safeParse(role);
  if (known.success) return { role: known.data };
  throw cliErrors.make('scope', `There is no role '${role}'; there are ${Role.options.join(', ')}`);
}

function scopeOf(text: string): Scope {
  const scope = Scope.safeParse(text);
  if (scope.success) return scope.data;
  throw cliErrors.make('scope', `There is no scope '${text}'; there are ${Scope.options.join(', ')}`);
}

const units = { h: 3_600_000, d: 86_400_000 } as const;

/** `90d` or `12h` from now, or an ISO time. */
function endOf(text: string | undefined, now: number) {
  if (text === undefined) return {};
  const [, digits, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const time =
    digits === undefined ? Date.parse(text) : now + Number(digits) * units[unit as keyof typeof units];
  if (Number.isNaN(time)) throw cliErrors.make('time', `"${text}" is neither like 90d, 12h nor an ISO time`);
  return { expires_at: new Date(time).toISOString() };
}

function keyLine({ id, name, tenant, role, scopes, expires_at, revoked_at }: KeyView, now: Date): string {
  return [id, name, tenant, role ?? scopes.join(','), stateOf(expires_at, revoked_at, now)].join('  ');
}

function stateOf(expires_at: string | null, revoked_at: string | null, now: Date): string {
  if (revoked_at !== null) return `revoked ${revoked_at}`;
  if (expires_at === null) return 'valid';
  return Date.parse(expires_at) <= now.getTime() ? `expired ${expires_at}` : `valid until ${expires_at}`;
}
