import type { RecordKind } from './group-builder.ts';

/** Records of an event that wait for the rest of it. */
const openEvents = 256;
/** Records of other events that may stand between two of one event. */
const longestGap = 1024;
/** Bytes of an event: its records together become one. */
const eventBytes = 1024 * 1024;
const eventRecords = 1000;
/** Bytes of all records that wait. */
const waitingBytes = 8 * 1024 * 1024;

/** A record that waits, as it will be grouped. */
export interface HeldRecord {
  readonly bytes: Buffer;
  readonly kind: RecordKind;
  readonly seed: string;
  readonly ordinal: number;
}

interface OpenEvent {
  readonly records: HeldRecord[];
  bytes: number;
  /** Number of the stream's record that was added last. */
  last: number;
}

/**
 * Brings the records of one event together that come mixed with those of others: an event is handed on, all its records
 * behind each other, once it says that it is complete, or `longestGap` records passed without one of it. What becomes of
 * a record depends on nothing but the records before and behind it, so a second import groups them alike. Bounded: past
 * the bounds an event is handed on as it is, and what comes later of it is an event of its own.
 */
export class EventWindow {
  readonly #emit: (records: readonly HeldRecord[]) => void;
  /** The event that got a record last is at the end. */
  readonly #open = new Map<string, OpenEvent>();
  #records = 0;
  #bytes = 0;

  constructor(emit: (records: readonly HeldRecord[]) => void) {
    this.#emit = emit;
  }

  /** Takes the next record. Its bytes are copied. */
  add(event: string, record: HeldRecord, isLast: boolean): void {
    this.#records += 1;
    const known = this.#open.get(event);
    if (known !== undefined && !hasRoom(known, record)) this.#release(event);
    const open = this.#open.get(event) ?? { records: [], bytes: 0, last: 0 };
    open.records.push({ ...record, bytes: Buffer.from(record.bytes) });
    open.bytes += record.bytes.length + 1;
    this.#bytes += record.bytes.length + 1;
    open.last = this.#records;
    this.#open.delete(event);
    this.#open.set(event, open);
    if (isLast) this.#release(event);
    this.#releaseOld();
  }

  /** Hands on all that waits. */
  flush(): void {
    for (const event of [...this.#open.keys()]) this.#release(event);
  }

  #releaseOld(): void {
    for (const [event, { last }] of this.#open) {
      const isFull = this.#open.size > openEvents || this.#bytes > waitingBytes;
      if (!isFull && this.#records - last <= longestGap) return;
      this.#release(event);
    }
  }

  #release(event: string): void {
    const open = this.#open.get(event);
    this.#open.delete(event);
    if (open === undefined) return;
    this.#bytes -= open.bytes;
    this.#emit(open.records);
  }
}

function hasRoom({ records, bytes }: OpenEvent, record: HeldRecord): boolean {
  return records.length < eventRecords && bytes + record.bytes.length <= eventBytes;
}
