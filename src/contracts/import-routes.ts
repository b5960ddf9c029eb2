import * as z from 'zod';
import { JobView } from './job-routes.ts';
import type { Route } from './routes.ts';

/** Paths of one order. */
const maxImportPaths = 1_000;
const longestPath = 4_096;
/** Problems that an import tells one by one; further ones are only counted. */
export const maxImportProblems = 200;

const count = z.int().nonnegative();

/** Files and folders of the machine that the server runs on. */
export const ImportOrder = z.strictObject({
  paths: z
    .array(z.string().max(longestPath).startsWith('/', { error: 'a path is absolute: it begins with /' }))
    .min(1)
    .max(maxImportPaths),
  /** The source that all records are of; recognised by content unless said. */
  source: z.exactOptional(z.string().min(1).max(100)),
});
export type ImportOrder = z.infer<typeof ImportOrder>;

/** What a finished import did: the result of its job. */
export const ImportOutcome = z.strictObject({
  files: count,
  filesTotal: count,
  /** Compressed ones where a file is compressed. */
  bytes: count,
  bytesTotal: count,
  /** Records that are durable, dead letters among them. */
  records: count,
  problems: z
    .array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() }))
    .max(maxImportProblems),
  problemsTotal: count,
  /** What became of them; null when others' records came in between, or a restart: the ledger has it then. */
  totals: z.strictObject({ stored: count, joined: count, duplicate: count, dead: count }).nullable(),
});
export type ImportOutcome = z.infer<typeof ImportOutcome>;

export const importRoutes = {
  startImport: {
    method: 'POST',
    path: '/v1/imports',
    access: 'operate',
    summary: 'Imports files of the server’s own machine: a job, ordered by a command on that machine only',
    body: { kind: 'json', schema: ImportOrder },
    answer: { kind: 'json', statuses: [202], schema: JobView },
  },
} as const satisfies Record<string, Route>;
