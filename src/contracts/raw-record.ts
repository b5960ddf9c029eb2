import * as z from 'zod';

/** A record is at most 1 MiB; a larger one is refused over HTTP and becomes a dead letter elsewhere. */
export const maxRecordBytes = 1024 * 1024;
/** What a dead letter keeps of a record that is too large. */
export const keptOfTooLarge = 64 * 1024;

/** Where identity comes from when the mapping declares no natural key, or a record lacks it. */
export const IdentityScheme = z.enum(['file', 'request', 'connection']);
export type IdentityScheme = z.infer<typeof IdentityScheme>;

/**
 * Records of one tenant, source and stream that were framed together. The unit that intake hands to the log.
 * `body` holds the records one behind the other, each as LEB128 length and bytes: ClickHouse's Native `String`
 * column, so that the pipeline hands it on without touching a record.
 */
export interface RecordGroup {
  readonly tenant: string;
  /** Folder name of the mapping in `content/sources`. */
  readonly source: string;
  /** The form that the recogniser saw ('' when not known): a hint, not a promise. */
  readonly form: string;
  /** Credential plus a name that the sender gives (file, header, peer host); never the connection. */
  readonly stream: string;
  /** Stamped by intake: milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly scheme: IdentityScheme;
  /** Hex of a hash: of a file's first record, or of a request's decoded body; '' on a connection. */
  readonly seed: string;
  /** W3C trace context of the request or run that brought it; '' when none. */
  readonly traceparent: string;
  /** Set when every record here is already known to be a dead letter. */
  readonly fault?: RecordFault;
  readonly count: number;
  readonly body: Uint8Array;
  /** Ordinal among equal lines of a file, or the position in a request; one a record. */
  readonly ordinals: Uint32Array;
}

/** A record that was framed but can't become an event; its group holds one record, cut to `keptOfTooLarge`. */
export interface RecordFault {
  readonly code: string;
  readonly message: string;
  /** Bytes of the whole record. */
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a record lies: log partition, offset of its frame, index within the frame. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly sub: number;
}

/** One record as it came in, for single events, agents and `sources test`; the hot path works on groups. */
export const RawRecord = z.strictObject({
  tenant: z.string().min(1),
  source: z.string().min(1),
  stream: z.string(),
  received_at: z.iso.datetime(),
  place: z.strictObject({
    partition: z.int().nonnegative(),
    offset: z.int().nonnegative(),
    sub: z.int().nonnegative(),
  }),
  raw: z.instanceof(Uint8Array).refine((raw) => raw.byteLength <= maxRecordBytes, {
    error: `a record is at most ${maxRecordBytes} bytes`,
  }),
});
export type RawRecord = z.infer<typeof RawRecord>;
