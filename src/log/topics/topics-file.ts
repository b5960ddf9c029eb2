import type { RootDatabase } from 'lmdb';
import * as z from 'zod';
import { openEnvironment } from '../environment.ts';
import { puttingNew, settle } from '../putting.ts';
import { MalformedBytes } from '../wire.ts';
import { decodeEntry, encodeEntry } from './entry.ts';

/*
 * All topics are one LMDB environment in one file, so that appends to several of them share a sync. Keys are binary,
 * numbers big-endian so that order is numeric:
 *   01                          what the file is (JSON)
 *   02 name                     both ends of a topic (JSON); there as soon as the topic ever had an entry
 *   03 length:1 name offset:6   an entry
 */
const baseKey = Buffer.of(1);
const endsPrefix = 2;
const entryPrefix = 3;
const offsetBytes = 6;
/** Entries removed in one transaction. */
const removedAtOnce = 1_000;

const fileVersion = 1;
const Base = z.object({ kind: z.literal('tyrian-topics'), version: z.int().min(1) });

/** `first` is the lowest offset that is kept, `next` the one that an entry will get. */
const TopicEnds = z.object({ first: z.int().nonnegative(), next: z.int().nonnegative() }).readonly();
export type TopicEnds = z.infer<typeof TopicEnds>;
const noEnds: TopicEnds = { first: 0, next: 0 };

const endsKey = (topic: string) => Buffer.concat([Buffer.of(endsPrefix), Buffer.from(topic)]);

function entryKey(topic: string, offset: number): Buffer {
  const name = Buffer.from(topic);
  const key = Buffer.alloc(2 + name.length + offsetBytes);
  key.set([entryPrefix, name.length]);
  key.set(name, 2);
  key.writeUIntBE(offset, 2 + name.length, offsetBytes);
  return key;
}

/** Another writer stored an entry of the same offset first. */
export class EntryTaken extends Error {}

/** The file was made by a newer program. */
export class NewerFile extends Error {}

/** Values for the end of a topic. */
export interface TopicGrowth {
  readonly topic: string;
  readonly values: readonly Uint8Array[];
}

/** One open file of topics. Its ends are those of what is durable. Its writes may not overlap. */
export class TopicsFile {
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #ends = new Map<string, TopicEnds>();

  /** Throws `MalformedBytes`. */
  constructor(path: string, options: { readonly sync: boolean }) {
    this.#db = openEnvironment(path, options);
  }

  /** Says in a new file what it is. */
  async putBase(): Promise<void> {
    const base = Buffer.from(JSON.stringify({ kind: 'tyrian-topics', version: fileVersion }));
    await settle([puttingNew(this.#db).put(baseKey, base, { noOverwrite: true })]);
  }

  /** Reads what the file is and where its topics end. Throws `MalformedBytes`, `NewerFile`. */
  load(): this {
    const base = Base.safeParse(parsed(this.#db.getBinary(baseKey)));
    if (!base.success) throw new MalformedBytes('it does not say that it holds topics');
    if (base.data.version > fileVersion) throw new NewerFile('it was made by a newer program');
    const range = { start: Buffer.of(endsPrefix), end: Buffer.of(endsPrefix + 1) };
    for (const key of this.#db.getKeys(range)) {
      const ends = TopicEnds.safeParse(parsed(this.#db.getBinary(key)));
      if (!ends.success) throw new MalformedBytes('a topic does not say where it ends');
      this.#ends.set(key.toString('utf8', 1), ends.data);
    }
    return this;
  }

  topics(): readonly string[] {
    return [...this.#ends.keys()].sort();
  }

  ends(topic: string): TopicEnds {
    return this.#ends.get(topic) ?? noEnds;
  }

  /** Appends in one transaction; gives each growth its first offset once all of it is durable. Errors: LMDB's, `EntryTaken`. */
  async append(growths: readonly TopicGrowth[]): Promise<readonly number[]> {
    const grown = new Map<string, TopicEnds>();
    const puts: Promise<boolean>[] = [];
    const firsts = growths.map(({ topic, values }) => {
      const { first, next } = grown.get(topic) ?? this.ends(topic);
      for (const [index, value] of values.entries()) puts.push(this.#putEntry(topic, next + index, value));
      grown.set(topic, { first, next: next + values.length });
      return next;
    });
    for (const [topic, ends] of grown) puts.push(this.#putEnds(topic, ends));
    if ((await settle(puts)).includes(false))
      throw new EntryTaken('an entry of this offset exists: another writer is at work');
    for (const [topic, ends] of grown) this.#ends.set(topic, ends);
    return firsts;
  }

  /** An entry's value, the caller's own. Throws `MalformedBytes` when it is damaged or missing. */
  value(topic: string, offset: number): Buffer {
    const key = entryKey(topic, offset);
    return decodeEntry(key, this.#db.getBinary(key));
  }

  /** Puts other values in the place of entries that are kept, in one transaction. */
  async replace(
    topic: string,
    entries: readonly { readonly offset: number; readonly value: Uint8Array }[],
  ): Promise<void> {
    const { first, next } = this.ends(topic);
    const kept = entries.filter(({ offset }) => offset >= first && offset < next);
    await settle(
      kept.map(({ offset, value }) => {
        const key = entryKey(topic, offset);
        return this.#db.put(key, encodeEntry(key, value));
      }),
    );
  }

  /** Removes entries below an offset; the topic's end stays where it is. */
  async remove(topic: string, before: number): Promise<void> {
    const { next } = this.ends(topic);
    const end = Math.min(before, next);
    for (let { first } = this.ends(topic); first < end; ) {
      const until = Math.min(end, first + removedAtOnce);
      const puts: Promise<boolean>[] = [];
      // Readers hear of it first: an entry must not be missed where it is no longer said to be.
      this.#ends.set(topic, { first: until, next });
      for (; first < until; first++) puts.push(this.#db.remove(entryKey(topic, first)));
      await settle([...puts, this.#putEnds(topic, { first: until, next })]);
    }
  }

  /** Writes the file as it is now to another place; not yet synced there. */
  async copy(path: string): Promise<void> {
    await this.#db.backup(path, false);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #putEntry(topic: string, offset: number, value: Uint8Array): Promise<boolean> {
    const key = entryKey(topic, offset);
    return puttingNew(this.#db).put(key, encodeEntry(key, value), { noOverwrite: true });
  }

  #putEnds(topic: string, ends: TopicEnds): Promise<boolean> {
    return this.#db.put(endsKey(topic), Buffer.from(JSON.stringify(ends)));
  }
}

function parsed(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
}
