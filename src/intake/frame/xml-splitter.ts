import { PendingRecord } from './pending-record.ts';
import type { RecordSink, Splitter } from './record-sink.ts';

const lineFeed = 10;
const space = 32;
const lessThan = 60;
const greaterThan = 62;
const opening = Buffer.from('<Event');
const closing = Buffer.from('</Event>');

/**
 * Cuts Windows events as XML out of a file, one a line or over many, with or without an `<Events>` around them: each
 * record is `<Event …>…</Event>` with its exact bytes. Other tags outside an event (prolog, wrapper) are left out;
 * text outside is a record a line, since it may have been an event.
 */
export class XmlSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #pending = new PendingRecord();
  #state: 'outside' | 'name' | 'tag' | 'event' | 'text' = 'outside';
  /** Bytes of `opening` or `closing` that the last bytes matched. */
  #matched = 0;
  #start = 0;
  #before = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  write(chunk: Buffer): void {
    this.#start = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#state === 'event' && this.#matched === 0) {
        const next = chunk.indexOf(lessThan, at);
        at = next === -1 ? chunk.length : next;
      }
      if (at < chunk.length) this.#byte(chunk, at);
      at += 1;
    }
    if (this.#isKeeping) this.#pending.append(chunk.subarray(this.#start));
    this.#before += chunk.length;
  }

  end(): void {
    if (this.#state === 'text') this.#pending.release(this.#sink, true);
    else if (this.#state === 'event' || this.#state === 'name') {
      const message = `the event has no end at byte ${this.#before}`;
      this.#pending.releaseFaulty(this.#sink, { code: 'intake.broken_xml', message });
    }
    this.#state = 'outside';
    this.#matched = 0;
  }

  get #isKeeping(): boolean {
    return this.#state === 'name' || this.#state === 'event' || this.#state === 'text';
  }

  #byte(chunk: Buffer, at: number): void {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case 'outside':
        if (byte === lessThan) this.#enter('name', at);
        else if (byte > space) this.#enter('text', at);
        return;
      case 'name':
        this.#name(byte);
        return;
      case 'tag':
        if (byte === greaterThan) this.#state = 'outside';
        return;
      case 'event':
        this.#matched = byte === closing[this.#matched] ? this.#matched + 1 : byte === lessThan ? 1 : 0;
        if (this.#matched === closing.length) this.#finish(chunk, at + 1, false);
        return;
      case 'text':
        if (byte === lineFeed) this.#finish(chunk, at, true);
        else if (byte === lessThan) {
          this.#finish(chunk, at, true);
          this.#enter('name', at);
        }
        return;
    }
  }

  #name(byte: number): void {
    if (this.#matched < opening.length && byte === opening[this.#matched]) {
      this.#matched += 1;
      return;
    }
    const isEvent = this.#matched === opening.length && (byte <= space || byte === greaterThan);
    this.#matched = 0;
    this.#state = isEvent ? 'event' : byte === greaterThan ? 'outside' : 'tag';
    if (!isEvent) this.#pending.clear();
  }

  #enter(state: 'name' | 'text', at: number): void {
    this.#state = state;
    this.#start = at;
    this.#matched = state === 'name' ? 1 : 0;
  }

  #finish(chunk: Buffer, end: number, isLine: boolean): void {
    this.#pending.finish(this.#sink, chunk.subarray(this.#start, end), isLine);
    this.#state = 'outside';
    this.#matched = 0;
  }
}
