import { ContainerKey } from './container-key.ts';
import { type Fault, PendingRecord } from './pending-record.ts';
import type { RecordSink, Splitter } from './record-sink.ts';

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
/** RFC 7464 puts it before each text of a JSON sequence. */
const recordSeparator = 30;
const space = 32;
const quote = 34;
const comma = 44;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;
/** Closing brackets are held against opening ones down to this depth; deeper ones are only counted. */
const checkedDepth = 1024;

/** Where records stand: at the top, in a top-level array, in a wrapper's array, or no longer (behind that array). */
type Level = 'top' | 'array' | 'wrapper' | 'wrapper-tail';
const depthOf: Readonly<Record<Level, number>> = { top: 0, array: 1, wrapper: 2, 'wrapper-tail': -1 };

/**
 * Splits JSON values that stand behind each other (pretty-printed or not), and the elements of top-level arrays and of
 * `Records` wrappers (see `ContainerKey`), into each value's exact bytes. Follows strings, escapes and brackets
 * (RFC 8259) and nothing more: whether a record is good JSON is for its reader to say. Where the brackets break, what
 * follows is one faulty record: within an array to the end, at the top to the next line that opens with a bracket.
 */
export class JsonSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #pending = new PendingRecord();
  readonly #container = new ContainerKey();
  readonly #brackets = new Uint8Array(checkedDepth);
  #level: Level = 'top';
  #depth = 0;
  #isInString: boolean = false;
  #isEscaped: boolean = false;
  /** What the bytes from `#start` on are: a bracketed value or string, bytes up to a separator, or beyond repair. */
  #reading: 'nothing' | 'value' | 'scalar' | 'fault' = 'nothing';
  /** Where in the current chunk the record being read begins (0 when in an earlier chunk). */
  #start = 0;
  /** Bytes of the input before the current chunk. */
  #before = 0;
  #fault: Fault | undefined;
  #previous = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Whether the bytes so far are the beginning of a value or array that has not ended. */
  get isWithinValue(): boolean {
    return this.#reading === 'value' || (this.#reading === 'nothing' && this.#level !== 'top');
  }

  write(chunk: Buffer): void {
    this.#start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#reading === 'fault') at = this.#skipFault(chunk, at);
      else if (this.#isInString) at = this.#string(chunk, at);
      else at = this.#structure(chunk, at);
    }
    if (this.#reading !== 'nothing') this.#pending.append(chunk.subarray(this.#start));
    this.#before += chunk.length;
  }

  end(): void {
    if (this.#reading === 'scalar') this.#pending.release(this.#sink, true);
    else if (this.#reading !== 'nothing') {
      this.#pending.releaseFaulty(this.#sink, this.#fault ?? this.#describe('breaks off', this.#before));
    } else if (this.#level !== 'top') {
      const { code, message } = this.#describe('breaks off', this.#before);
      this.#sink.brokenOff(code, message);
    }
    this.#reset();
  }

  /** Reads on within a string; returns where to go on. */
  #string(chunk: Buffer, from: number): number {
    let at = from;
    // While the first key may be a wrapper's, it sees every byte.
    const end = this.#container.isOpen ? at + 1 : chunk.length;
    if (this.#container.isOpen) this.#container.takes(chunk[at] ?? 0);
    for (; at < end; at++) {
      const byte = chunk[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) {
        this.#isInString = false;
        this.#finishIfWhole(chunk, at + 1);
        return at + 1;
      } else if (byte === lineFeed) {
        this.#break(at, 'has a line feed within a string');
        return at;
      }
    }
    return at;
  }

  #structure(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (this.#container.isOpen && this.#container.takes(byte)) this.#enterWrapper();
    if (this.#reading === 'scalar' && !this.#leavesScalar(chunk, at, byte)) return at + 1;
    switch (byte) {
      case space:
      case tab:
      case lineFeed:
      case carriageReturn:
      case recordSeparator:
        return at + 1;
      case quote:
        this.#begin('value', at);
        this.#isInString = true;
        return at + 1;
      case openBrace:
      case openBracket:
        this.#open(byte, at);
        return at + 1;
      case closeBrace:
      case closeBracket:
        return this.#close(byte, chunk, at);
      case comma:
        return at + 1;
      default:
        this.#begin('scalar', at);
        return at + 1;
    }
  }

  /** At the top a scalar is a whole line (it's no JSON text anyway); in an array it ends where JSON says. */
  #leavesScalar(chunk: Buffer, at: number, byte: number): boolean {
    const ends = this.#level === 'top' ? byte === lineFeed : byte <= space || isSeparator(byte);
    if (ends) this.#finish(chunk, at, this.#level === 'top');
    return ends;
  }

  #begin(reading: 'value' | 'scalar', at: number): void {
    if (this.#reading !== 'nothing' || this.#depth !== depthOf[this.#level]) return;
    this.#reading = reading;
    this.#start = at;
  }

  #open(byte: number, at: number): void {
    const isTop = this.#reading === 'nothing' && this.#level === 'top';
    if (isTop && byte === openBracket) this.#level = 'array';
    else this.#begin('value', at);
    if (isTop && byte === openBrace) this.#container.start();
    if (this.#depth < checkedDepth) this.#brackets[this.#depth] = byte;
    this.#depth += 1;
  }

  #close(byte: number, chunk: Buffer, at: number): number {
    if (this.#depth === 0) {
      this.#begin('scalar', at);
      return at + 1;
    }
    const opened = this.#depth <= checkedDepth ? this.#brackets[this.#depth - 1] : byte - 2;
    // In ASCII each closing bracket stands two behind its opening one.
    if (opened !== byte - 2) {
      this.#break(at, 'has a bracket that closes nothing');
      return at;
    }
    this.#depth -= 1;
    if (this.#reading === 'nothing') this.#leaveArray();
    else this.#finishIfWhole(chunk, at + 1);
    return at + 1;
  }

  #leaveArray(): void {
    if (this.#level === 'wrapper' && this.#depth === 1) this.#level = 'wrapper-tail';
    else if (this.#depth === 0) this.#level = 'top';
  }

  #enterWrapper(): void {
    this.#level = 'wrapper';
    this.#reading = 'nothing';
    this.#pending.clear();
  }

  #finishIfWhole(chunk: Buffer, end: number): void {
    if (this.#reading === 'value' && this.#depth === depthOf[this.#level]) this.#finish(chunk, end, false);
  }

  #finish(chunk: Buffer, end: number, isLine: boolean): void {
    this.#pending.finish(this.#sink, chunk.subarray(this.#start, end), isLine);
    this.#reading = 'nothing';
  }

  #break(at: number, what: string): void {
    if (this.#reading === 'nothing') this.#start = at;
    this.#fault = this.#describe(what, this.#before + at);
    this.#reading = 'fault';
    this.#isInString = false;
    this.#isEscaped = false;
    this.#previous = 0;
  }

  #skipFault(chunk: Buffer, from: number): number {
    if (this.#level !== 'top') return chunk.length;
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#previous === lineFeed && (byte === openBrace || byte === openBracket)) {
        this.#pending.append(chunk.subarray(this.#start, at));
        this.#pending.releaseFaulty(
          this.#sink,
          this.#fault ?? this.#describe('is broken', this.#before + at),
        );
        this.#reset();
        return at;
      }
      this.#previous = byte;
    }
    return chunk.length;
  }

  #describe(what: string, position: number): Fault {
    const isArray = this.#level !== 'top';
    const subject = isArray ? 'the array of records' : 'the JSON value';
    return {
      code: isArray ? 'intake.broken_array' : 'intake.broken_json',
      message: `${subject} ${what} at byte ${position}`,
    };
  }

  #reset(): void {
    this.#pending.clear();
    this.#level = 'top';
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
    this.#reading = 'nothing';
    this.#fault = undefined;
  }
}

function isSeparator(byte: number): boolean {
  return byte === comma || byte === quote || isBracket(byte);
}

function isBracket(byte: number): boolean {
  return byte === openBracket || byte === closeBracket || byte === openBrace || byte === closeBrace;
}
