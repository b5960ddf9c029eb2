/** What may not stand in a sentence at all: control, format, unassigned characters, line separators. */
const forbidden = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Gathers a sentence as it arrives and normalises it (NFKC): full-width digits, ligatures and exotic spaces become
 * the plain characters that are checked and shown. A space never combines with what stands before it, so text up to
 * the last space is final whatever comes next.
 */
export class Incoming {
  #waiting = '';
  #text = '';

  /** All normalised text so far. */
  get text(): string {
    return this.#text;
  }

  /** Returns false when the text holds a character that may not stand in a sentence. */
  push(piece: string): boolean {
    this.#waiting += piece.replace(/[\t\r\n]/g, ' ');
    const end = this.#waiting.lastIndexOf(' ');
    if (end <= 0) return true;
    return this.#take(end);
  }

  /** No more comes. */
  finish(): boolean {
    return this.#take(this.#waiting.length);
  }

  #take(end: number): boolean {
    const plain = this.#waiting.slice(0, end).normalize('NFKC');
    this.#waiting = this.#waiting.slice(end);
    if (forbidden.test(plain)) return false;
    this.#text += plain;
    return true;
  }
}
