import type { IdentityScheme, RecordFault, RecordGroup } from '../../contracts/index.ts';
import { GroupBody } from './group-body.ts';

/** A group is cut before it exceeds these. */
const groupBytes = 1024 * 1024;
const groupRecords = 4000;
/** Room for the length in front of each of a full group's records. */
const lengthBytes = 3 * groupRecords;
/** Groups of different sources and forms that fill side by side; a mixed file keeps no more than these open. */
const openGroups = 8;

/** What all groups of one file or request have in common. */
export interface GroupOrigin {
  readonly tenant: string;
  readonly stream: string;
  readonly scheme: IdentityScheme;
  readonly traceparent: string;
}

/** Which mapping a record belongs to; form is '' when not known. */
export interface RecordKind {
  readonly source: string;
  readonly form: string;
}

interface OpenGroup {
  readonly kind: RecordKind;
  readonly seed: string;
  readonly receivedAt: number;
  readonly body: GroupBody;
}

/**
 * Gathers records into groups: one source, form and seed a group, at most 1 MiB (or one record) and 4,000 records.
 * A full group goes to `emit` at once, the rest at `flush`. Records of one kind keep their order.
 */
export class GroupBuilder {
  readonly #origin: GroupOrigin;
  readonly #clock: () => number;
  readonly #emit: (group: RecordGroup) => void;
  /** The one written to last is at the end. */
  #open: OpenGroup[] = [];
  /** Bytes to take for the next body at once: all of it once a group was cut because it was full. */
  #expected = 0;

  constructor(options: { origin: GroupOrigin; clock: () => number; emit: (group: RecordGroup) => void }) {
    this.#origin = options.origin;
    this.#clock = options.clock;
    this.#emit = options.emit;
  }

  /** Records of one event: they stand in one group, behind each other, as long as a group can hold them. */
  appendTogether(
    records: readonly { bytes: Buffer; kind: RecordKind; seed: string; ordinal: number }[],
  ): void {
    const [first] = records;
    const group = this.#open.find((open) => first !== undefined && holds(open, first.kind, first.seed));
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    if (group !== undefined && !hasRoom(group.body, records.length, bytes)) this.#cut(group);
    // One seed for all, or a group could not hold them: it is that of the event's first record.
    for (const { bytes: record, kind, ordinal } of records)
      this.append(record, first?.kind ?? kind, first?.seed ?? '', ordinal);
  }

  append(record: Buffer, kind: RecordKind, seed: string, ordinal: number): void {
    const last = this.#open.at(-1);
    const group = last !== undefined && holds(last, kind, seed) ? last : this.#openFor(kind, seed);
    const { body } = group;
    if (!hasRoom(body, 1, record.length)) {
      this.#expected = groupBytes + lengthBytes;
      this.#cut(group);
      this.#openFor(kind, seed).body.append(record, ordinal);
    } else {
      body.append(record, ordinal);
    }
  }

  /** A record that is known to be a dead letter: a group of its own, holding what is kept of it. */
  appendFaulty(kept: Buffer, fault: RecordFault, kind: RecordKind, seed: string, ordinal: number): void {
    const body = new GroupBody();
    body.append(kept, ordinal);
    this.#emit({ ...this.#head(kind, seed, this.#clock()), fault, ...body.take() });
  }

  /** Hands over all that is gathered. */
  flush(): void {
    for (const group of [...this.#open]) this.#cut(group);
  }

  #openFor(kind: RecordKind, seed: string): OpenGroup {
    const at = this.#open.findIndex((group) => holds(group, kind, seed));
    const found = at === -1 ? undefined : this.#open.splice(at, 1)[0];
    if (found === undefined && this.#open.length === openGroups) this.#cutOldest();
    const group = found ?? { kind, seed, receivedAt: this.#clock(), body: new GroupBody(this.#expected) };
    this.#open.push(group);
    return group;
  }

  #cutOldest(): void {
    const [oldest] = this.#open;
    if (oldest !== undefined) this.#cut(oldest);
  }

  #cut(group: OpenGroup): void {
    this.#open = this.#open.filter((other) => other !== group);
    if (group.body.count === 0) return;
    this.#emit({ ...this.#head(group.kind, group.seed, group.receivedAt), ...group.body.take() });
  }

  #head(kind: RecordKind, seed: string, receivedAt: number) {
    const { tenant, stream, scheme, traceparent } = this.#origin;
    return { tenant, source: kind.source, form: kind.form, stream, receivedAt, scheme, seed, traceparent };
  }
}

/** A group always has room for its first record. */
function hasRoom(body: GroupBody, records: number, bytes: number): boolean {
  if (body.count === 0) return true;
  return body.count + records <= groupRecords && body.length + bytes <= groupBytes;
}

function holds(group: OpenGroup, kind: RecordKind, seed: string): boolean {
  return group.kind.source === kind.source && group.kind.form === kind.form && group.seed === seed;
}
