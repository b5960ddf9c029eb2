import type { RecordGroup } from '../contracts/index.ts';
import type { Appended } from './port.ts';
import { frameBytesOf } from './records.ts';

/** An append that waits: settled once all its parts are. */
export class Ticket {
  readonly bytes: number;
  readonly #resolve: (appended: Appended) => void;
  readonly #reject: (error: unknown) => void;
  #left: number;
  #first: Omit<Appended, 'lastOffset'> | undefined;
  #error: unknown;

  constructor(
    parts: readonly RecordGroup[],
    resolve: (appended: Appended) => void,
    reject: (error: unknown) => void,
  ) {
    this.bytes = parts.reduce((sum, part) => sum + frameBytesOf(part), 0);
    this.#left = parts.length;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A part lies durably in a frame. Parts are stored in order. */
  stored(partition: number, offset: number, firstSub: number): void {
    this.#first ??= { partition, offset, firstSub };
    this.#done(offset);
  }

  failed(error: unknown): void {
    this.#error ??= error;
    this.#done(0);
  }

  #done(lastOffset: number): void {
    this.#left--;
    if (this.#left > 0) return;
    if (this.#error !== undefined || !this.#first) this.#reject(this.#error);
    else this.#resolve({ ...this.#first, lastOffset });
  }
}

interface Part {
  readonly group: RecordGroup;
  readonly ticket: Ticket;
}

/** The parts that will make up one frame. */
export interface Gathered {
  readonly partition: number;
  readonly parts: Part[];
  bytes: number;
}

/** Gathers the groups of many producers into one frame a partition at a time. */
export class Gatherer {
  readonly #maxFrameBytes: number;
  readonly #filling = new Map<number, Gathered>();
  #full: Gathered[] = [];

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  get isEmpty(): boolean {
    return this.#full.length === 0 && this.#filling.size === 0;
  }

  add(partition: number, part: Part): void {
    const bytes = frameBytesOf(part.group);
    const current = this.#filling.get(partition);
    const fits = current !== undefined && current.bytes + bytes <= this.#maxFrameBytes;
    if (current && !fits) this.#full.push(current);
    const frame = current && fits ? current : { partition, parts: [], bytes: 0 };
    frame.parts.push(part);
    frame.bytes += bytes;
    this.#filling.set(partition, frame);
  }

  /** Takes the frames that are full; with `all`, also those that are still filling. In order within a partition. */
  take(all: boolean): readonly Gathered[] {
    const taken = this.#full;
    this.#full = [];
    if (!all) return taken;
    taken.push(...this.#filling.values());
    this.#filling.clear();
    return taken;
  }
}
