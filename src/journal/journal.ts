import { Change, type Detection } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import type { State } from '../state/index.ts';
import { type Applied, Applier } from './apply.ts';
import { journalErrors } from './errors.ts';
import { createMutex } from './mutex.ts';
import type { Decide, Journal, Projection, RecordedChange } from './port.ts';
import { Progress } from './progress.ts';
import { Pump } from './pump.ts';
import { nextUnits, type Positions, type Unit } from './recorded.ts';
import { placeOfTopic, topicNames } from './tables.ts';
import type { EntryFault } from './topic-page.ts';

const maxChangeBytes = 1024 * 1024;
const maxWaitingChanges = 1_000;
/** Detections of one append; more are appended one behind the other. */
const maxDetectionsPerAppend = 2_000;

/** skipped: an entry that will not be in the tables. delayed: the tables are behind and it is tried again. */
export type JournalFault =
  | ({ readonly kind: 'skipped' } & EntryFault)
  | { readonly kind: 'delayed'; readonly error: unknown };

export interface JournalOptions {
  readonly topics: Topics;
  /** With `journalMigrations` and those of the projections. */
  readonly state: State;
  readonly projections: readonly Projection[];
  /** Wall clock. */
  readonly clock: () => Date;
  readonly onFault: (fault: JournalFault) => void;
}

/**
 * Opens the journal. All changes are in the tables when it resolves, detections follow (`settled`). Tables that are ahead
 * of the topics (after a power loss under `committed`, or an older copy of them) are made again.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const ends = await endsOf(options.topics);
  const changes = await placeOfTopic(options.state, topicNames.changes);
  const detections = await placeOfTopic(options.state, topicNames.detections);
  const next = { changes: changes?.next ?? 0, detections: detections?.next ?? 0 };
  const replayUntil = { changes: changes?.replayUntil ?? 0, detections: detections?.replayUntil ?? 0 };
  const journal = new TopicJournal(options, { next, replayUntil, ends });
  const isNew = changes === undefined || detections === undefined;
  const isAhead = next.changes > ends.changes || next.detections > ends.detections;
  await journal.open(isNew || isAhead);
  return journal;
}

async function endsOf(topics: Topics): Promise<Positions> {
  const changes = await topics.ends(topicNames.changes);
  const detections = await topics.ends(topicNames.detections);
  return { changes: changes.next, detections: detections.next };
}

class TopicJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #applier: Applier;
  readonly #mutex = createMutex();
  readonly #listeners = new Set<Parameters<Journal['onApplied']>[0]>();
  readonly #progress = new Progress();
  readonly #pump: Pump;
  #positions: Positions;
  /** One past the last detection that is known to be on disk. */
  #detectionsEnd: number;
  /** Whether changes may be on disk that are not in the tables. */
  #isBehind: boolean = false;
  #closed: boolean = false;

  constructor(
    options: JournalOptions,
    at: { readonly next: Positions; readonly replayUntil: Positions; readonly ends: Positions },
  ) {
    this.#options = options;
    this.#applier = new Applier(options.state, options.projections, at.replayUntil);
    this.#positions = at.next;
    this.#detectionsEnd = at.ends.detections;
    this.#pump = new Pump({
      step: () => this.#applyNext(),
      onDelayed: (error) => options.onFault({ kind: 'delayed', error }),
    });
  }

  async change(
    request: Pick<Change, 'kind' | 'tenant' | 'by'>,
    decide: Decide,
  ): Promise<RecordedChange | undefined> {
    this.#admit();
    if (!this.#applier.takes(request.kind))
      throw journalErrors.make('unknown_kind', `Nothing takes changes of the kind '${request.kind}'`);
    return this.#mutex.run(async () => {
      if (this.#isBehind) await this.#applyChanges();
      const data = await this.#options.state.transaction(async (session) => {
        await session.query('SET TRANSACTION READ ONLY');
        return decide(session);
      });
      return data === undefined ? undefined : this.#record({ ...request, data });
    });
  }

  async detected(detections: readonly Detection[]): Promise<void> {
    if (this.#closed) throw closed();
    const entries = detections.map((detection) => Buffer.from(JSON.stringify(detection)));
    for (let start = 0; start < entries.length; start += maxDetectionsPerAppend) {
      const some = entries.slice(start, start + maxDetectionsPerAppend);
      const { next } = await this.#options.topics.append(topicNames.detections, some);
      this.#detectionsEnd = Math.max(this.#detectionsEnd, next);
      this.#pump.wake();
    }
  }

  async settled(signal?: AbortSignal): Promise<void> {
    const end = this.#detectionsEnd;
    this.#pump.wake();
    const isThere = () => this.#positions.detections >= end;
    await this.#progress.until(isThere, () => (this.#closed ? closed() : undefined), signal);
    // Changes that were recorded before are applied by those who hold the turn.
    await this.#mutex.run(async () => undefined);
  }

  async rebuild(onProgress: (applied: number) => void = () => undefined) {
    if (this.#closed) throw closed();
    try {
      return await this.#mutex.run(() => this.#rebuild(onProgress));
    } finally {
      this.#pump.wake();
    }
  }

  onApplied(listener: Parameters<Journal['onApplied']>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#progress.moved();
    await this.#pump.stop();
    await this.#mutex.run(async () => undefined);
  }

  /** Brings all recorded changes into the tables, from the beginning where these are of no use, and starts on the detections. */
  async open(startOver: boolean): Promise<void> {
    await this.#mutex.run(async () => {
      if (startOver) await this.#empty();
      await this.#applyChanges();
    });
    this.#pump.wake();
  }

  async #rebuild(onProgress: (applied: number) => void) {
    const counts = { changes: 0, detections: 0 };
    this.#isBehind = true;
    await this.#empty();
    for (;;) {
      const units = await nextUnits(this.#options.topics, this.#positions);
      if (units.length === 0) break;
      if (this.#closed) throw closed();
      await this.#apply(units);
      const count = countOf(units);
      counts.changes += count.changes;
      counts.detections += count.detections;
      onProgress(counts.changes + counts.detections);
    }
    this.#isBehind = false;
    return counts;
  }

  async #empty(): Promise<void> {
    await this.#applier.empty(await endsOf(this.#options.topics));
    this.#positions = { changes: 0, detections: 0 };
  }

  #admit(): void {
    if (this.#closed) throw closed();
    if (this.#mutex.size >= maxWaitingChanges)
      throw journalErrors.make('busy', `${maxWaitingChanges} changes wait already; send again later`);
  }

  /** Puts a decided change on disk, then in the tables. */
  async #record(decided: Pick<Change, 'kind' | 'tenant' | 'by' | 'data'>): Promise<RecordedChange> {
    const change = checked({
      ...decided,
      at: this.#options.clock().toISOString(),
      after: this.#positions.detections,
    });
    const bytes = Buffer.from(JSON.stringify(change));
    if (bytes.length > maxChangeBytes)
      throw journalErrors.make(
        'too_large',
        `A change has ${bytes.length} bytes; the bound is ${maxChangeBytes}`,
      );
    // Until it is in the tables: an append or a transaction that failed may have left it on disk.
    this.#isBehind = true;
    const { first } = await this.#options.topics.append(topicNames.changes, [bytes]);
    const recorded: RecordedChange = { ...change, offset: first };
    const [fault] = await this.#apply([{ kind: 'change', change: recorded }]);
    this.#isBehind = false;
    if (fault !== undefined) throw fault.error;
    return recorded;
  }

  async #applyChanges(): Promise<void> {
    this.#isBehind = true;
    for (;;) {
      const units = await nextUnits(this.#options.topics, this.#positions, true);
      if (units.length === 0) break;
      await this.#apply(units);
    }
    this.#isBehind = false;
  }

  /** Applies units and gives those that were skipped. */
  async #apply(units: readonly Unit[]): Promise<readonly EntryFault[]> {
    const faults: EntryFault[] = [];
    await this.#applier.apply(units, this.#positions, (applied) => {
      faults.push(...applied.faults);
      this.#onApplied(applied);
    });
    return faults;
  }

  #onApplied({ positions, units, faults }: Applied): void {
    this.#positions = positions;
    for (const fault of faults) this.#options.onFault({ kind: 'skipped', ...fault });
    const count = countOf(units);
    // Apart from this task: what a listener throws is its own failure, not the journal's.
    for (const listener of this.#listeners) queueMicrotask(() => listener(count));
    this.#progress.moved();
  }

  /** A bulk of detections a turn, so that a change waits for one bulk at most. */
  async #applyNext(): Promise<boolean> {
    if (this.#positions.detections >= this.#detectionsEnd) return false;
    await this.#mutex.run(async () => {
      const end = this.#detectionsEnd;
      const units = await nextUnits(this.#options.topics, this.#positions);
      if (units.length > 0) await this.#apply(units);
      // Trimmed before they were in the tables: nothing of them will come.
      else this.#positions = { ...this.#positions, detections: Math.max(this.#positions.detections, end) };
    });
    this.#progress.moved();
    return true;
  }
}

const closed = () => journalErrors.make('closed', 'the journal is closed');

function checked(change: Change): Change {
  const parsed = Change.safeParse(change);
  if (parsed.success) return parsed.data;
  throw journalErrors.make('bad_change', `A change of the kind '${change.kind}' holds what none may hold`, {
    cause: parsed.error,
  });
}

function countOf(units: readonly Unit[]) {
  const of = (kind: Unit['kind']) => units.filter((unit) => unit.kind === kind).length;
  return { changes: of('change'), detections: of('detection') };
}
