import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { errorCatalogue } from './error.ts';
import { TenantName } from './principal.ts';

const configErrors = errorCatalogue('config', {
  invalid: { status: 500, meaning: 'One or more configuration values are wrong; the message names each.' },
  unreadable: { status: 500, meaning: 'The configuration file can not be read or is not YAML.' },
});

export { configErrors };

const megabyte = 1024 * 1024;
const section = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).prefault({} as never);

const days = (standard: number) => z.coerce.number().int().min(1).max(36_500).default(standard);

/** All settings with their defaults. Environment: `TYRIAN_` plus the path in capitals (`TYRIAN_HTTP_PORT`). */
export const Config = z
  .strictObject({
    data_folder: z.string().min(1).default(join(homedir(), '.tyrian')).describe('Everything Tyrian stores'),
    tenant: TenantName.default('default').describe('Tenant of commands that run on this machine'),
    http: section({
      host: z.string().default('127.0.0.1').describe('Address to listen on; loopback unless told otherwise'),
      port: z.coerce.number().int().min(0).max(65_535).default(7117).describe('TCP port; 0 takes a free one'),
      max_body_bytes: z.coerce
        .number()
        .int()
        .min(1024)
        .max(1024 * megabyte)
        .default(16 * megabyte)
        .describe('Largest decoded request body'),
      max_in_flight: z.coerce
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(256)
        .describe('Requests worked on at once; above it 503 with Retry-After'),
    }),
    log: section({
      partitions: z.coerce
        .number()
        .int()
        .min(1)
        .max(1024)
        .default(16)
        .describe('Fixed when a data folder is made'),
      durability: z
        .enum(['flushed', 'committed'])
        .default('flushed')
        .describe('flushed: acknowledged means on disk; committed: survives process death only'),
      retention_hours: z.coerce
        .number()
        .min(0)
        .max(24 * 3650)
        .default(72)
        .describe('How long stored records stay in the log'),
      max_bytes: z.coerce
        .number()
        .int()
        .min(16 * megabyte)
        .default(20 * 1024 * megabyte)
        .describe('The log gives back the oldest stored records above this'),
      min_free_disk_share: z.coerce
        .number()
        .min(0)
        .max(0.5)
        .default(0.05)
        .describe('Intake stops acknowledging below this share of free disk'),
    }),
    pipeline: section({
      batch_records: z.coerce
        .number()
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('A batch is written when it holds this many records'),
      batch_ms: z.coerce
        .number()
        .int()
        .min(1)
        .max(60_000)
        .default(500)
        .describe('or when its oldest record waited this long'),
      backlog_batch_records: z.coerce
        .number()
        .int()
        .min(1)
        .max(1_000_000)
        .default(100_000)
        .describe('Batches grow up to this many records while records wait'),
      filter_ids: z.coerce
        .number()
        .int()
        .min(1_000)
        .default(200_000_000)
        .describe('Ids that the in-memory duplicate filter holds at the most (about 1.5 bytes each)'),
    }),
    ask: section({
      max_seconds: z.coerce.number().min(1).max(600).default(30).describe('Time limit of one query'),
      max_runs: z.coerce.number().int().min(1).max(1_000).default(16).describe('Questions worked on at once'),
    }),
    sources: section({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe('Folder of own source folders; a change in it is taken up while running'),
    }),
    rules: section({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe('Folder of own Sigma rules; a change in it is taken up while running'),
      lateness_seconds: z.coerce
        .number()
        .int()
        .min(1)
        .max(86_400)
        .default(300)
        .describe(
          'Correlation rules wait so long for events that come late, and for sources that are silent',
        ),
    }),
    scan: section({
      folder: z
        .string()
        .min(1)
        .optional()
        .describe('Folder of own YARA rules; a change in it is taken up while running'),
    }),
    retention: section({
      events_days: days(90).describe('Events without a detection'),
      evidence_days: days(730).describe('Events that a rule hit'),
      dead_letters_days: days(30).describe('Records that could not become events'),
      alerts_days: days(730).describe('Closed alerts, after their last change'),
    }),
    quota: section({
      records_per_second: z.coerce
        .number()
        .int()
        .min(0)
        .default(0)
        .describe('Records a second that intake takes of one tenant, over 10 seconds; 0: no limit'),
    }),
    health: section({
      silent_minutes: z.coerce
        .number()
        .int()
        .min(1)
        .default(60)
        .describe('A source or agent is silent when nothing came for so long'),
      disk_warning_share: z.coerce
        .number()
        .min(0)
        .max(0.9)
        .default(0.1)
        .describe('Someone is told below this share of free disk'),
      check_in_url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('Called once a minute while all is well: who watches it tells people when Tyrian stops'),
    }),
    outbound: section({
      allow: z
        .string()
        .default('')
        .describe('Private addresses that outbound calls may reach, comma-separated: 10.1.2.0/24, 127.0.0.1'),
    }),
    smtp: section({
      url: z
        .string()
        .regex(/^smtps?:\/\//, { error: 'smtp://… or smtps://…' })
        .optional()
        .describe('Mail server for notices, with its user and password; better given by environment'),
      from: z.string().default('tyrian@localhost').describe('Sender of notices'),
    }),
    model: section({
      base_url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('An OpenAI-compatible server; without it the offline analyst answers'),
      name: z.string().default('').describe('Model name at that server'),
      api_key: z.string().optional().describe('Its key; better given by environment'),
      timeout_seconds: z.coerce.number().min(1).max(600).default(30).describe('Time limit of one model call'),
    }),
  })
  .refine(({ model }) => model.base_url === undefined || model.name !== '', {
    path: ['model', 'name'],
    error: 'a model server needs the name of the model',
  });
export type Config = z.infer<typeof Config>;

type Source = Readonly<Record<string, unknown>>;

/**
 * Reads configuration: defaults, then the file, then `TYRIAN_*` variables, then `overrides` (command line).
 * Throws `config.invalid` that names every wrong value and where it came from.
 */
export function readConfig(input: {
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly overrides?: Source;
}): Config {
  const file = input.file ?? input.environment.TYRIAN_CONFIG;
  const fromFile = file === undefined ? {} : readFile(file);
  const { values: fromEnvironment, unknown } = readEnvironment(input.environment);
  const merged = merge(merge(fromFile, fromEnvironment), input.overrides ?? {});
  const parsed = Config.safeParse(merged);
  const problems = [
    ...unknown.map((name) => `${name}: no such setting`),
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => describeIssue(issue, file, input.environment))),
  ];
  if (!parsed.success || problems.length > 0) {
    throw configErrors.make('invalid', `Configuration is wrong:\n  ${problems.join('\n  ')}`, {
      details: { problems },
    });
  }
  return { ...parsed.data, data_folder: resolve(parsed.data.data_folder) };
}

function readFile(file: string): Source {
  let value: unknown;
  try {
    value = parseYaml(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw configErrors.make(
      'unreadable',
      `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
  if (value === null || value === undefined) return {};
  if (!isSource(value)) throw configErrors.make('unreadable', `${file}: the top level must be a mapping`);
  return value;
}

/** `TYRIAN_HTTP_PORT` → {http: {port}}; variables that name no setting are told, not ignored. */
function readEnvironment(environment: Readonly<Record<string, string | undefined>>) {
  const paths = new Map(settingPaths().map((path) => [environmentName(path), path]));
  const unknown: string[] = [];
  let values: Source = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('TYRIAN_') || value === undefined || reserved.has(name)) continue;
    const path = paths.get(name);
    if (path === undefined) unknown.push(name);
    else
      values = merge(values, path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Source);
  }
  return { values, unknown };
}

/** Read elsewhere: where the file is, where recordings for tests are, and the key and URL of a client. */
const reserved = new Set(['TYRIAN_CONFIG', 'TYRIAN_SHARED', 'TYRIAN_KEY', 'TYRIAN_URL']);

/** Every setting as a path: `['http', 'port']`. */
export function settingPaths(): readonly (readonly string[])[] {
  return Object.entries(Config.shape).flatMap(([name, schema]) => {
    const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
    return inner instanceof z.ZodObject ? Object.keys(inner.shape).map((key) => [name, key]) : [[name]];
  });
}

const environmentName = (path: readonly string[]) => `TYRIAN_${path.join('_').toUpperCase()}`;

function describeIssue(
  issue: z.core.$ZodIssue,
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const path = issue.path.map(String);
  const variable = environmentName(path);
  const origin = environment[variable] === undefined ? (file ?? 'command line') : variable;
  return `${path.join('.') || '(top level)'} (from ${origin}): ${issue.message}`;
}

const isSource = (value: unknown): value is Source =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merge(base: Source, over: Source): Source {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = result[key];
    result[key] = isSource(below) && isSource(value) ? merge(below, value) : value;
  }
  return result;
}
