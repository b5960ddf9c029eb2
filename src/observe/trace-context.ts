/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/, level 1, with the random flag of level 2).
 * `tracestate` isn't carried: a record group and a batch hold one traceparent and nothing else.
 */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the span that is the parent of what comes next. */
  readonly spanId: string;
  /** Bit 0: sampled; bit 1: the trace id is random. Other bits are never passed on. */
  readonly flags: number;
}

/** Gives that many random bytes; `crypto.randomBytes` in the program, a seeded one in tests. */
export type RandomBytes = (count: number) => Uint8Array;

const knownFlags = 0b11;
const sampledAndRandom = 0b11;
const version00Length = 55;
const traceparentShape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
const zeroTrace = '0'.repeat(32);
const zeroSpan = '0'.repeat(16);

/**
 * Reads a `traceparent` header; undefined when it is absent or breaks the standard (then a new trace begins).
 * A later version is read by its first four fields, as section 3.2.2.1 asks.
 */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  if (text === undefined) return undefined;
  const match = traceparentShape.exec(text);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = ''] = match;
  if (version === 'ff' || (version === '00' && text.length !== version00Length)) return undefined;
  if (traceId === zeroTrace || spanId === zeroSpan) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) & knownFlags };
}

/** Writes the header in version 00. */
export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.flags.toString(16).padStart(2, '0')}`;
}

/** Begins a trace: sampled, as nothing here drops a span by itself. */
export function createTrace(random: RandomBytes): TraceContext {
  return {
    traceId: randomHex(random, 16, zeroTrace),
    spanId: randomHex(random, 8, zeroSpan),
    flags: sampledAndRandom,
  };
}

/** A new span in the same trace. */
export function childOf(parent: TraceContext, random: RandomBytes): TraceContext {
  return { ...parent, spanId: randomHex(random, 8, zeroSpan) };
}

/** Takes up the trace of a header with a span of our own; begins one when the header is absent or broken. */
export function continueTrace(header: string | undefined, random: RandomBytes): TraceContext {
  const parent = parseTraceparent(header);
  return parent === undefined ? createTrace(random) : childOf(parent, random);
}

function randomHex(random: RandomBytes, bytes: number, zero: string): string {
  const hex = Buffer.from(random(bytes)).toString('hex');
  return hex === zero ? `${hex.slice(1)}1` : hex;
}
