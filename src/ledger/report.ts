/** One source's records received in a window. */
export interface LedgerRow {
  readonly source: string;
  readonly received: number;
  readonly stored: number;
  readonly joined: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly dead: number;
  readonly in_flight: number;
  readonly refused: number;
  /** Stored under a second id, because the id was known with other content; part of `stored`. */
  readonly conflict: number;
  /** Rows that were erased on request; part of `stored` and `dead`. */
  readonly erased: number;
  /** received = stored + joined + duplicate + filtered + dead + in flight, and rows equal what the markers say. */
  readonly balanced: boolean;
}

export interface LedgerReport {
  readonly tenant: string;
  /** Minutes of receipt, ISO times in UTC, `from` inclusive and `to` exclusive. */
  readonly from: string;
  readonly to: string;
  readonly rows: readonly LedgerRow[];
  readonly total: Omit<LedgerRow, 'source'>;
}

/** How well a source covers a window of events: what a question must say beside its answer. */
export interface SourceCoverage {
  readonly source: string;
  /** Events whose time lies in the window. */
  readonly stored: number;
  /** Dead letters received in the window. */
  readonly dead: number;
  /** Records in the log that are not stored yet, whenever received. */
  readonly in_flight: number;
  /** ISO time of the newest record received, null when there never was one. */
  readonly newest_received_at: string | null;
  /** True when nothing of the window is stored. */
  readonly silent: boolean;
}

type Counts = Omit<LedgerRow, 'source' | 'balanced'>;
const names = [
  'received',
  'stored',
  'joined',
  'duplicate',
  'filtered',
  'dead',
  'in_flight',
  'refused',
  'conflict',
  'erased',
] as const satisfies readonly (keyof Counts)[];

/** Adds up and balances. `agrees` says whether the rows of a source equal what its markers say. */
export function ledgerReport(
  window: Pick<LedgerReport, 'tenant' | 'from' | 'to'>,
  counts: ReadonlyMap<string, Partial<Counts>>,
  agrees: (source: string) => boolean,
): LedgerReport {
  const rows = [...counts]
    .map(([source, some]) => {
      const all = Object.fromEntries(names.map((name) => [name, some[name] ?? 0])) as unknown as Counts;
      return { source, ...all, balanced: isBalanced(all) && agrees(source) };
    })
    .sort((a, b) => (a.source < b.source ? -1 : 1));
  const sums = Object.fromEntries(
    names.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)]),
  ) as unknown as Counts;
  return { ...window, rows, total: { ...sums, balanced: rows.every((row) => row.balanced) } };
}

const isBalanced = (counts: Counts) =>
  counts.received ===
  counts.stored + counts.joined + counts.duplicate + counts.filtered + counts.dead + counts.in_flight;
