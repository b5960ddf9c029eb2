/** How far a live source of a tenant is. */
export interface SourceProgress {
  /** Microseconds: the largest event time seen, each capped at its receipt. */
  readonly newest: number;
  /** Milliseconds: when something was received last. */
  readonly lastReceived: number;
}

export interface Lateness {
  /** How late an event may come and still be in time; and how long a source is waited for that sends nothing. */
  readonly milliseconds: number;
}

const microsPerMilli = 1_000;

/**
 * Microseconds up to which all events of a source are taken to be there: the largest time seen less the lateness. A source that sent
 * nothing for that long is idle and moves on with the wall clock, so that it holds up nobody.
 */
export function sourceWatermark(
  { newest, lastReceived }: SourceProgress,
  { milliseconds }: Lateness,
  now: number,
): number {
  const isIdle = now - lastReceived > milliseconds;
  const seen = isIdle ? Math.max(newest, idleTime(now, milliseconds)) : newest;
  return seen - milliseconds * microsPerMilli;
}

const idleTime = (now: number, milliseconds: number) => (now - milliseconds) * microsPerMilli;

/**
 * The watermark of a rule: that of the slowest source it names. `named` undefined: it may be any. Sources that the tenant does not send
 * are not waited for.
 */
export function ruleWatermark(
  sources: ReadonlyMap<string, SourceProgress>,
  named: ReadonlySet<string> | undefined,
  lateness: Lateness,
  now: number,
): number {
  const nobody = idleTime(now, lateness.milliseconds) - lateness.milliseconds * microsPerMilli;
  const waitedFor = [...sources].filter(([source]) => named === undefined || named.has(source));
  const marks = waitedFor.map(([, progress]) => sourceWatermark(progress, lateness, now));
  return marks.length === 0 ? nobody : Math.min(...marks);
}
