import { type AuditEntry, TyrianError } from '../contracts/index.ts';
import type { State, StateSession } from '../state/index.ts';
import { journalErrors } from './errors.ts';
import type { Projection, ProjectionContext, RecordedChange } from './port.ts';
import { type Positions, placeOf, positionsAfter, type Unit } from './recorded.ts';
import { addAuditLine, bookFault, moveTo, startOver, topicNames } from './tables.ts';
import type { EntryFault } from './topic-page.ts';

/** The most characters of JSON that the audit trail shows of a change. */
const maxAuditedDetails = 16_384;

/** What one transaction brought into the tables. */
export interface Applied {
  readonly positions: Positions;
  readonly units: readonly Unit[];
  /** What was skipped. */
  readonly faults: readonly EntryFault[];
}

/** Applies units to the tables, in order; each transaction moves the positions on as well. */
export class Applier {
  readonly #state: State;
  readonly #projections: readonly Projection[];
  /** Entries below these were in tables before. */
  #replayUntil: Positions;

  constructor(state: State, projections: readonly Projection[], replayUntil: Positions) {
    this.#state = state;
    this.#projections = projections;
    this.#replayUntil = replayUntil;
  }

  takes(kind: string): boolean {
    return this.#projections.some(({ kinds }) => kinds.includes(kind));
  }

  /**
   * Applies all of them, in one transaction if all goes well. One that a projection fails on is booked as a fault and
   * skipped. Throws only what may pass (`isPassing`), with `onApplied` told what was done until then.
   */
  async apply(
    units: readonly Unit[],
    from: Positions,
    onApplied: (applied: Applied) => void,
  ): Promise<Positions> {
    const to = positionsAfter(units, from);
    const done = (faults: readonly EntryFault[]) => {
      onApplied({ positions: to, units, faults });
      return to;
    };
    try {
      await this.#transaction(units, to);
      return done(units.flatMap((unit) => (unit.kind === 'fault' ? [unit.fault] : [])));
    } catch (error) {
      const [unit, ...others] = units;
      if (unit === undefined || (isPassing(error) && !(isTimeout(error) && others.length > 0))) throw error;
      if (others.length > 0) {
        const half = Math.ceil(units.length / 2);
        const middle = await this.apply(units.slice(0, half), from, onApplied);
        return this.apply(units.slice(half), middle, onApplied);
      }
      const fault = unit.kind === 'fault' ? unit.fault : failed(unit, error);
      await this.#transaction([{ kind: 'fault', fault }], to);
      return done([fault]);
    }
  }

  /** Empties all tables and puts the positions at the beginning; what comes up to `ends` was in them before. */
  async empty(ends: Positions): Promise<void> {
    const tables = this.#projections.flatMap((projection) => projection.tables);
    const topics = [topicNames.changes, topicNames.detections];
    await this.#state.transaction(async (session) => {
      if (tables.length > 0) await session.query(`TRUNCATE ${tables.map(quoted).join(', ')}`);
      await session.query('DELETE FROM journal_faults WHERE topic = ANY($1)', [topics]);
      await session.query('DELETE FROM audit_trail WHERE topic = $1', [topicNames.changes]);
      await startOver(session, topicNames.changes, ends.changes);
      await startOver(session, topicNames.detections, ends.detections);
    });
    this.#replayUntil = ends;
  }

  async #transaction(units: readonly Unit[], to: Positions): Promise<void> {
    await this.#state.transaction(async (session) => {
      for (const run of runsOf(units, (unit) => this.#isReplayed(unit))) await this.#applyRun(session, run);
      for (const topic of new Set(units.map((unit) => placeOf(unit).topic)))
        await moveTo(session, topic, to[sideOf(topic)]);
    });
  }

  async #applyRun(session: StateSession, run: Run): Promise<void> {
    if (run.kind === 'fault') return bookFault(session, run.fault);
    if (run.kind === 'change') return this.#applyChange(session, run.change, run);
    const detections = run.units.map(({ detection }) => detection);
    for (const projection of this.#projections)
      await projection.applyDetections?.(session, detections, { replaying: run.replaying });
  }

  async #applyChange(session: StateSession, change: RecordedChange, { replaying }: ProjectionContext) {
    const taking = this.#projections.filter(({ kinds }) => kinds.includes(change.kind));
    if (taking.length === 0)
      throw journalErrors.make('unknown_kind', `Nothing takes changes of the kind '${change.kind}'`);
    for (const projection of taking) await projection.applyChange?.(session, change, { replaying });
    const audited = taking.flatMap((projection) => projection.audited ?? []);
    const place = { topic: topicNames.changes, offset: change.offset };
    await addAuditLine(session, place, auditLineOf(change, audited));
  }

  #isReplayed(unit: Unit): boolean {
    const { topic, offset } = placeOf(unit);
    return offset < this.#replayUntil[sideOf(topic)];
  }
}

const sideOf = (topic: string): keyof Positions => (topic === topicNames.changes ? 'changes' : 'detections');

type Of<K extends Unit['kind']> = Extract<Unit, { readonly kind: K }>;
type Run = ProjectionContext &
  (Of<'change'> | Of<'fault'> | { readonly kind: 'detections'; readonly units: Of<'detection'>[] });

/** Detections that follow each other are one bulk. */
function runsOf(units: readonly Unit[], isReplayed: (unit: Unit) => boolean): readonly Run[] {
  const runs: Run[] = [];
  for (const unit of units) {
    const replaying = isReplayed(unit);
    const last = runs.at(-1);
    if (unit.kind !== 'detection') runs.push({ ...unit, replaying });
    else if (last?.kind === 'detections' && last.replaying === replaying) last.units.push(unit);
    else runs.push({ kind: 'detections', units: [unit], replaying });
  }
  return runs;
}

/** Whether an error is the engine's and not the entry's: the same entry may be applied later. */
export const isPassing = (error: unknown): boolean => error instanceof TyrianError && error.retryable;

/** A transaction of many entries that took too long may do in smaller ones. */
const isTimeout = (error: unknown) => error instanceof TyrianError && error.code === 'state.timeout';

function failed(unit: Unit, cause: unknown): EntryFault {
  const place = placeOf(unit);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Entry ${place.offset} of '${place.topic}' is on disk but not in the tables: ${reason}`;
  return { ...place, error: journalErrors.make('not_applied', message, { cause }) };
}

/** Names of tables stand in the program's own text; quoted so that none can be more than a name. */
const quoted = (table: string) => `"${table.replaceAll('"', '')}"`;

function auditLineOf(change: RecordedChange, audited: readonly string[]): AuditEntry {
  const { tenant, by, at, kind, data } = change;
  const shown = Object.fromEntries(Object.entries(data).filter(([name]) => audited.includes(name)));
  const characters = JSON.stringify(shown).length;
  const details = characters > maxAuditedDetails ? { left_out: `${characters} characters` } : shown;
  return { tenant, by, at, action: kind, outcome: 'done', details, trace_id: '' };
}
