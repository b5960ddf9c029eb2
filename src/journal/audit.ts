import * as z from 'zod';
import { AuditEntry } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import type { State, StateParameter } from '../state/index.ts';
import { journalErrors } from './errors.ts';
import type { JournalFault } from './journal.ts';
import { createMutex } from './mutex.ts';
import { Progress } from './progress.ts';
import { Pump } from './pump.ts';
import { addAuditLine, bookFault, moveTo, placeOfTopic, startOver, topicNames } from './tables.ts';
import { readPage } from './topic-page.ts';

const maxLineBytes = 64 * 1024;
/** Lines brought into the table in one transaction. */
const linesAtOnce = 200;

/** A line of the trail; `key` is its place in it: `<milliseconds>-<a or c>-<offset>`. */
export interface AuditLine extends AuditEntry {
  readonly key: string;
}

export interface AuditQuery {
  /** Only lines behind (older than) this key. */
  readonly before?: string | undefined;
  readonly limit: number;
  readonly action?: string | undefined;
  /** Id of who did it. */
  readonly by?: string | undefined;
}

/** The audit trail: who did or tried what, with the changes of the journal among it. */
export interface Audit {
  /** Resolves when it is on disk; its time is now. Throws `journal.too_large`, `journal.closed`, what topics throw. */
  record(entry: Omit<AuditEntry, 'at'>): Promise<void>;
  /** Lines of a tenant, newest first; `more` says whether there are others behind them. */
  list(
    tenant: string,
    query: AuditQuery,
    signal?: AbortSignal,
  ): Promise<{ readonly lines: readonly AuditLine[]; readonly more: boolean }>;
  /** Brings what stands in its topic into its table again. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

export interface AuditOptions {
  readonly topics: Topics;
  /** With `journalMigrations`. */
  readonly state: State;
  /** Wall clock. */
  readonly clock: () => Date;
  readonly onFault: (fault: JournalFault) => void;
}

/** Makes the trail, and begins to bring into its table what is only in its topic. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { next: end } = await options.topics.ends(topicNames.audit);
  const position = (await placeOfTopic(options.state, topicNames.audit))?.next;
  const audit = new TopicAudit(options, position ?? 0, end);
  if (position === undefined || position > end) await audit.rebuild();
  else audit.wake();
  return audit;
}

class TopicAudit implements Audit {
  readonly #options: AuditOptions;
  readonly #pump: Pump;
  readonly #progress = new Progress();
  readonly #mutex = createMutex();
  /** The first line that is not in the table. */
  #position: number;
  /** One past the last line that is known to be on disk. */
  #end: number;
  #closed: boolean = false;

  constructor(options: AuditOptions, position: number, end: number) {
    this.#options = options;
    this.#position = position;
    this.#end = end;
    this.#pump = new Pump({
      step: () => this.#mutex.run(() => this.#applyNext()),
      onDelayed: (error) => options.onFault({ kind: 'delayed', error }),
    });
  }

  wake(): void {
    this.#pump.wake();
  }

  async record(entry: Omit<AuditEntry, 'at'>): Promise<void> {
    if (this.#closed) throw closed();
    const line = AuditEntry.parse({ ...entry, at: this.#options.clock().toISOString() });
    const bytes = Buffer.from(JSON.stringify(line));
    if (bytes.length > maxLineBytes)
      throw journalErrors.make('too_large', `A line has ${bytes.length} bytes; the bound is ${maxLineBytes}`);
    const { next } = await this.#options.topics.append(topicNames.audit, [bytes]);
    this.#end = Math.max(this.#end, next);
    this.#pump.wake();
  }

  async list(tenant: string, query: AuditQuery, signal?: AbortSignal) {
    await this.#settled(signal);
    const rows = await this.#options.state.query(...selection(tenant, query), signal ? { signal } : {});
    const lines = rows.slice(0, query.limit).map((row) => lineOf(Row.parse(row)));
    return { lines, more: rows.length > query.limit };
  }

  async rebuild(): Promise<void> {
    if (this.#closed) throw closed();
    await this.#mutex.run(async () => {
      await this.#options.state.transaction(async (session) => {
        await session.query('DELETE FROM audit_trail WHERE topic = $1', [topicNames.audit]);
        await session.query('DELETE FROM journal_faults WHERE topic = $1', [topicNames.audit]);
        await startOver(session, topicNames.audit, this.#end);
      });
      this.#position = 0;
    });
    await this.#settled();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#progress.moved();
    await this.#pump.stop();
  }

  async #settled(signal?: AbortSignal): Promise<void> {
    const end = this.#end;
    this.#pump.wake();
    const refuse = () => (this.#closed ? closed() : undefined);
    await this.#progress.until(() => this.#position >= end, refuse, signal);
  }

  async #applyNext(): Promise<boolean> {
    const [from, end] = [this.#position, this.#end];
    if (from >= end) return false;
    const request = { topic: topicNames.audit, schema: AuditEntry, from, limit: linesAtOnce };
    const entries = await readPage(this.#options.topics, request);
    const next = (entries.at(-1)?.offset ?? end - 1) + 1;
    await this.#options.state.transaction(async (session) => {
      for (const entry of entries)
        if ('fault' in entry) await bookFault(session, entry.fault);
        else await addAuditLine(session, { topic: topicNames.audit, offset: entry.offset }, entry.value);
      await moveTo(session, topicNames.audit, next);
    });
    for (const entry of entries)
      if ('fault' in entry) this.#options.onFault({ kind: 'skipped', ...entry.fault });
    this.#position = next;
    this.#progress.moved();
    return true;
  }
}

const closed = () => journalErrors.make('closed', 'the audit trail is closed');

/** A row's members beside those that a line has under the same name. */
const Row = z.looseObject({
  at: z.iso.datetime(),
  topic: z.string(),
  entry: z.int().nonnegative(),
  by_id: z.string(),
  by_name: z.string(),
});

function lineOf({ topic, entry, by_id, by_name, ...line }: z.infer<typeof Row>): AuditLine {
  const letter = topic === topicNames.changes ? 'c' : 'a';
  const by = { id: by_id, name: by_name };
  return { ...AuditEntry.parse({ ...line, by }), key: `${Date.parse(line.at)}-${letter}-${entry}` };
}

const keyShape = /^(\d{1,15})-([ac])-(\d{1,15})$/;

/** The statement of a list, with one line more than wanted, which says whether there are others. */
function selection(tenant: string, { before, limit, action, by }: AuditQuery) {
  const parameters: StateParameter[] = [tenant];
  const conditions = ['tenant = $1'];
  const add = (value: StateParameter) => `$${parameters.push(value)}`;
  if (action !== undefined) conditions.push(`action = ${add(action)}`);
  if (by !== undefined) conditions.push(`by_id = ${add(by)}`);
  if (before !== undefined) {
    const [, milliseconds, letter, entry] = keyShape.exec(before) ?? [];
    const at = new Date(Number(milliseconds));
    if (Number.isNaN(at.getTime())) throw journalErrors.make('bad_key', `'${before}' is no key of a line`);
    const topic = letter === 'c' ? topicNames.changes : topicNames.audit;
    conditions.push(
      `(at, topic, entry) < (${add(at.toISOString())}::timestamptz, ${add(topic)}::text, ${add(Number(entry))}::int8)`,
    );
  }
  const sql = `SELECT tenant, at, topic, entry, by_id, by_name, action, outcome, details, trace_id FROM audit_trail
    WHERE ${conditions.join(' AND ')} ORDER BY at DESC, topic DESC, entry DESC LIMIT ${add(limit + 1)}`;
  return [sql, parameters] as const;
}
