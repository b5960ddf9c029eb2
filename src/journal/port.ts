import type { Actor, Change, Detection } from '../contracts/index.ts';
import type { StateMigration, StateSession } from '../state/index.ts';

/** A change as it stands in the journal. */
export interface RecordedChange extends Change {
  readonly offset: number;
}

/** How an entry comes to be applied. */
export interface ProjectionContext {
  /** True for entries that were in tables before (a rebuild, or tables made anew): nobody is told a second time. */
  readonly replaying: boolean;
}

/**
 * What a room makes of journal entries: its own tables and nothing else. `apply*` must follow from the entry and the tables
 * alone (no clock, no randomness), so that a rebuild gives the same rows; it runs within the transaction that also
 * moves the journal's position on.
 */
export interface Projection {
  readonly name: string;
  readonly migrations: readonly StateMigration[];
  /** Tables that `rebuild` empties before it applies everything again. */
  readonly tables: readonly string[];
  /** Kinds of changes that it takes: `alerts.status`. */
  readonly kinds: readonly string[];
  /**
   * Members of a change's data that stand in the audit trail; none unless named here, because data may hold what nobody
   * is to read (the hash of a key).
   */
  readonly audited?: readonly string[];
  applyChange?(session: StateSession, change: RecordedChange, context: ProjectionContext): Promise<void>;
  /** In order; in bulk, at most `maxEntriesPerApply`. However they are cut into bulks, the rows must be the same. */
  applyDetections?(
    session: StateSession,
    detections: readonly Detection[],
    context: ProjectionContext,
  ): Promise<void>;
}

/** What a decision gives: the data of the change, or nothing when all is already as it should be. */
export type Decide = (session: StateSession) => Promise<Change['data'] | undefined>;

/**
 * The journal: detections and every change by a person, on disk first, in tables second. Its entries have one order: each
 * change names up to which detection the tables were when it was decided, and a rebuild follows that.
 */
export interface Journal {
  /**
   * `decide` looks at the tables (it can only read) while nothing else changes them, refuses by throwing, and gives the data to
   * record. Resolves when the change is on disk and in the tables; undefined when there was nothing to change. Throws
   * `journal.busy`, `journal.closed`, `journal.too_large`, `journal.unknown_kind`, and `journal.not_applied` when it is on
   * disk but a projection fails on it; what `decide` throws; what topics and state throw.
   */
  change(
    request: { readonly kind: string; readonly tenant: string; readonly by: Actor },
    decide: Decide,
  ): Promise<RecordedChange | undefined>;
  /** Resolves when they are on disk; the tables follow soon. Throws what topics throw: send them again, a repeat is harmless. */
  detected(detections: readonly Detection[]): Promise<void>;
  /** Resolves when all that was recorded before the call is in the tables. */
  settled(signal?: AbortSignal): Promise<void>;
  /** Empties the projections' tables and makes them again from the topics; changes wait meanwhile. */
  rebuild(
    onProgress?: (applied: number) => void,
  ): Promise<{ readonly changes: number; readonly detections: number }>;
  /** Told after each application, with how many detections and changes it held. */
  onApplied(
    listener: (applied: { readonly detections: number; readonly changes: number }) => void,
  ): () => void;
  close(): Promise<void>;
}
