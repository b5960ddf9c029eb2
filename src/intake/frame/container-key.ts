const space = 32;
const quote = 34;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const key = 'records';
const caseBit = 32;

/**
 * Recognises, byte by byte, an object that is only a wrapper around records: its first key is `Records` (AWS
 * CloudTrail's log files) or `records` (Azure's exports) and holds an array of objects or an empty one.
 */
export class ContainerKey {
  #state: 'outside' | 'before-key' | 'in-key' | 'before-colon' | 'before-array' | 'in-array' = 'outside';
  #matched = 0;

  /** Called behind the opening brace of an object. */
  start(): void {
    this.#state = 'before-key';
    this.#matched = 0;
  }

  /** Whether the object may still prove to be a wrapper. */
  get isOpen(): boolean {
    return this.#state !== 'outside';
  }

  /** Takes the object's next byte; true at the first byte behind the bracket of a wrapper's array. */
  takes(byte: number): boolean {
    if (byte <= space && this.#state !== 'in-key') return false;
    switch (this.#state) {
      case 'before-key':
        return this.#move(byte === quote, 'in-key');
      case 'in-key':
        return this.#takesKey(byte);
      case 'before-colon':
        return this.#move(byte === colon, 'before-array');
      case 'before-array':
        return this.#move(byte === openBracket, 'in-array');
      case 'in-array':
        this.#state = 'outside';
        return byte === openBrace || byte === closeBracket;
      case 'outside':
        return false;
    }
  }

  #takesKey(byte: number): boolean {
    const at = this.#matched++;
    if (at === key.length) return this.#move(byte === quote, 'before-colon');
    const expected = key.charCodeAt(at);
    return this.#move(byte === expected || (at === 0 && byte === expected - caseBit), 'in-key');
  }

  #move(isMatch: boolean, next: 'in-key' | 'before-colon' | 'before-array' | 'in-array'): false {
    this.#state = isMatch ? next : 'outside';
    return false;
  }
}

/** Whether a line opens as an array or a wrapper does, so that it holds several records. */
export function holdsSeveral(line: Buffer): boolean {
  let at = 0;
  while (at < line.length && (line[at] ?? 0) <= space) at++;
  if (line[at] === openBracket) return true;
  if (line[at] !== openBrace) return false;
  const container = new ContainerKey();
  container.start();
  for (at++; at < line.length && container.isOpen; at++) {
    if (container.takes(line[at] ?? 0)) return true;
  }
  return false;
}
