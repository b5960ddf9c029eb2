import { hash } from 'node:crypto';
import * as z from 'zod';
import type { JobKind } from '../jobs/index.ts';
import type { Journal } from '../journal/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';
import type { Holds } from './holds.ts';
import type { RetentionStore } from './store-port.ts';

/** Shorter names would be found in half of all records. */
export const minSubjectLength = 3;
export const maxSubjectLength = 200;

/** Whom to erase: a person by a name, address or id as records hold it, or everything of the tenant. */
export const EraseSubject = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('person'),
    name: z.string().trim().min(minSubjectLength).max(maxSubjectLength),
  }),
  z.strictObject({ kind: z.literal('tenant') }),
]);
export type EraseSubject = z.infer<typeof EraseSubject>;

export interface EraseOptions {
  readonly store: RetentionStore;
  readonly holds: Holds;
  readonly journal: Pick<Journal, 'change' | 'settled'>;
  readonly clock: () => number;
  /**
   * Waits until all that is in the telemetry log now is stored; gives the milliseconds up to which it is ingested. What comes
   * later is not erased.
   */
  readonly settled: (signal: AbortSignal) => Promise<number>;
  /** How long the telemetry log keeps what is stored, in milliseconds. */
  readonly logRetentionMilliseconds: number;
  /** Blanks out entries of journal, audit trail and alerts; gives how many of what. */
  readonly eraseWorkflow: (
    tenant: string,
    subject: EraseSubject,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, number>>>;
}

/**
 * The job that erases a person or a tenant, and its receipt: counts, when the log has given back the last bytes, and a hash of whom, so
 * that the receipt itself names nobody. Refused with `retention.held` while the tenant is under hold. Backups are not reached.
 */
export function eraseKind(options: EraseOptions): JobKind<EraseSubject> {
  const { store, holds, journal, clock } = options;
  return {
    name: 'retention.erase',
    parameters: EraseSubject,
    maxAttempts: 5,
    // The job is kept for a while; whom it erased must not be read there.
    forgetsParameters: true,
    async run({ id, tenant, by, parameters: subject, signal, progress, checkpoint, save }) {
      await holds.refuseHeld(tenant);
      const upTo = Number(checkpoint?.up_to ?? (await options.settled(signal)));
      await save({ up_to: upTo });
      const erased: Record<string, number> = {};
      for (const [index, table] of erasedTables.entries()) {
        await progress(index, erasedTables.length + 1, table);
        erased[table] = await eraseRows(store, { table, tenant, subject, job: id, upTo }, signal);
      }
      for (const [table, column] of Object.entries(documentTables))
        erased[table] = await eraseDocuments(store, { table, column, tenant, subject }, signal);
      await progress(erasedTables.length, erasedTables.length + 1, 'journal and alerts');
      Object.assign(erased, await options.eraseWorkflow(tenant, subject, signal));
      const receipt = {
        subject: subject.kind,
        subject_sha256: hash('sha256', subject.kind === 'person' ? subject.name : tenant, 'hex'),
        erased,
        log_free_at: new Date(clock() + options.logRetentionMilliseconds).toISOString(),
        not_reached: 'backups and copies outside of this data folder',
      };
      await journal.change({ kind: 'retention.erased', tenant, by }, async () => ({ receipt }));
      return receipt;
    },
  };
}

const erasedTables = ['events', 'dead_letters'] as const;
/** Documents of the tenant's own, and what was taken out of events for correlations; they are in no ledger. */
const documentTables = {
  intel_passages: 'text',
  intel_documents: 'name',
  rule_hits:
    "concat(arrayStringConcat(mapValues(JSONExtract(fields, 'Map(String, String)')), '\\n'), '\\n', entity_value)",
} as const;

interface ErasedRows {
  readonly table: (typeof erasedTables)[number];
  readonly tenant: string;
  readonly subject: EraseSubject;
  readonly job: string;
  /** Milliseconds: rows that were ingested later stay, in each attempt the same ones. */
  readonly upTo: number;
}

/**
 * What is taken out is written down first, by source and minute of receipt, so that the ledger still adds up; once a job, however often
 * it is tried. Gives how many rows that were.
 */
async function eraseRows(store: RetentionStore, erased: ErasedRows, signal: AbortSignal): Promise<number> {
  const { table, tenant, subject, job, upTo } = erased;
  const where =
    `tenant = ${quoteString(tenant)} AND ingested_at <= ${timeSql(upTo)}` +
    (subject.kind === 'tenant' ? '' : ` AND ${holdsPerson(table, subject.name)}`);
  const booked = async () => {
    const [row] = await store.rows(
      `SELECT sum(rows) AS n FROM erased WHERE job = ${quoteString(job)} AND kind = ${quoteString(table)}`,
      signal,
    );
    return Number(row?.n ?? 0);
  };
  if ((await booked()) === 0)
    await store.run(
      `INSERT INTO erased (tenant, source, minute, kind, rows, job) SELECT tenant, source, ` +
        `intDiv(toUnixTimestamp64Milli(received_at), 60000), ${quoteString(table)}, count(), ${quoteString(job)} ` +
        `FROM ${table} WHERE ${where} GROUP BY 1, 2, 3`,
      signal,
    );
  const rows = await booked();
  if (rows > 0)
    await store.run(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 1`, signal);
  return rows;
}

async function eraseDocuments(
  store: RetentionStore,
  erased: {
    readonly table: string;
    readonly column: string;
    readonly tenant: string;
    readonly subject: EraseSubject;
  },
  signal: AbortSignal,
): Promise<number> {
  const { table, column, tenant, subject } = erased;
  const named =
    subject.kind === 'tenant'
      ? ''
      : ` AND positionCaseInsensitiveUTF8(${column}, ${quoteString(subject.name)}) > 0`;
  const where = `tenant = ${quoteString(tenant)}${named}`;
  const [row] = await store.rows(`SELECT count() AS n FROM ${table} WHERE ${where}`, signal);
  const rows = Number(row?.n ?? 0);
  if (rows > 0)
    await store.run(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 1`, signal);
  return rows;
}

/**
 * Anywhere in the record as it came, without case; columns come from it. JSON may write the name escaped, all beyond ASCII too: then
 * each case of a letter is another text.
 */
function holdsPerson(table: string, name: string): string {
  const cases = [name, name.toLowerCase(), name.toUpperCase()];
  const forms = [...new Set([name, inJson(name), ...cases.map((text) => inAscii(inJson(text)))])];
  const columns = table === 'events' ? ['raw', 'actor_user_name', 'user_name'] : ['raw'];
  return `(${columns
    .flatMap((column) =>
      forms.map((form) => `positionCaseInsensitiveUTF8(${column}, ${quoteString(form)}) > 0`),
    )
    .join(' OR ')})`;
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inAscii = (text: string) =>
  text.replace(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
