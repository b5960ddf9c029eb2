import { type ByteReader, type ByteWriter, MalformedBytes } from './wire.ts';

/** Texts that repeat within a frame, each written once and then named by its number. */
export class DictionaryWriter {
  readonly #numbers = new Map<string, number>();

  /** The text's number, a new one if it is new. */
  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const next = this.#numbers.size;
    this.#numbers.set(text, next);
    return next;
  }

  write(to: ByteWriter): void {
    to.uint(this.#numbers.size);
    for (const text of this.#numbers.keys()) to.text(text);
  }
}

/** Reads a dictionary; the function gives the text that the next number names. */
export function readDictionary(from: ByteReader): () => string {
  const texts: string[] = [];
  const size = from.uint();
  for (let index = 0; index < size; index++) texts.push(from.text());
  return () => {
    const text = texts[from.uint()];
    if (text === undefined) throw new MalformedBytes('a text number is not in the dictionary');
    return text;
  };
}
