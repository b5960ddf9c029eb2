/** A text to be found, where in the value it must stand, and who is told. */
export interface Needle {
  /** Folded ASCII, not empty. */
  readonly text: string;
  readonly place: 'start' | 'end' | 'anywhere';
  readonly owners: readonly number[];
}

interface Output {
  readonly length: number;
  readonly place: Needle['place'];
  readonly owners: Int32Array;
}

const asciiCharacters = 128;
/** Characters beyond ASCII that fold, or expressions that ignore case take, to one of it: İ, ſ and the sign of Kelvin. */
const lookalikes: ReadonlyMap<number, number> = new Map([
  [0x130, 0x69],
  [0x17f, 0x73],
  [0x212a, 0x6b],
]);

/**
 * Finds all of many texts in one pass over a value: Aho and Corasick's automaton with every step laid out in a table ("Efficient string
 * matching", 1975). Characters beyond ASCII are in no needle. Values need not be folded: capitals take the steps of small letters.
 */
export class Automaton {
  /** Class of each ASCII character, of a capital that of its small letter; 0: in no needle. */
  readonly #classes = new Uint8Array(asciiCharacters);
  readonly #shift: number;
  readonly #steps: Int32Array;
  /** States from here on have outputs. */
  readonly #firstTelling: number;
  readonly #outputs: readonly (readonly Output[])[];

  constructor(needles: readonly Needle[]) {
    for (const { text } of needles)
      for (let at = 0; at < text.length; at++) this.#classes[text.charCodeAt(at)] = 1;
    let count = 0;
    for (let code = 0; code < asciiCharacters; code++)
      if (this.#classes[code] === 1) this.#classes[code] = ++count;
    for (let code = 65; code <= 90; code++) this.#classes[code] = this.#classes[code + 32] ?? 0;
    this.#shift = Math.ceil(Math.log2(count + 1)) || 1;
    const trie = makeTrie(needles, this.#classes, this.#shift);
    const laid = layOut(trie, this.#shift);
    this.#steps = laid.steps;
    this.#firstTelling = laid.firstTelling;
    this.#outputs = laid.outputs;
  }

  /** Tells the owners of each needle that stands in the text, an owner perhaps several times. */
  scan(text: string, tell: (owner: number) => void): void {
    const steps = this.#steps;
    const classes = this.#classes;
    const shift = this.#shift;
    const firstTelling = this.#firstTelling;
    const { length } = text;
    let state = 0;
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      const kind = classes[code < asciiCharacters ? code : (lookalikes.get(code) ?? 0)] ?? 0;
      state = steps[(state << shift) | kind] ?? 0;
      if (state >= firstTelling) this.#tell(state - firstTelling, at + 1, length, tell);
    }
  }

  #tell(row: number, end: number, length: number, tell: (owner: number) => void): void {
    const outputs = this.#outputs[row] ?? [];
    for (let index = 0; index < outputs.length; index++) {
      const output = outputs[index];
      if (output === undefined) continue;
      if (output.place === 'start' ? output.length !== end : output.place === 'end' && end !== length)
        continue;
      const { owners } = output;
      for (let owner = 0; owner < owners.length; owner++) tell(owners[owner] ?? 0);
    }
  }
}

interface Trie {
  /** Child by (state, class); 0: none. */
  readonly children: Int32Array;
  readonly states: number;
  readonly own: readonly Output[][];
}

function makeTrie(needles: readonly Needle[], classes: Uint8Array, shift: number): Trie {
  const most = needles.reduce((sum, { text }) => sum + text.length, 1);
  const children = new Int32Array(most << shift);
  const own: Output[][] = [[]];
  for (const { text, place, owners } of needles) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const slot = (state << shift) | (classes[text.charCodeAt(at)] ?? 0);
      if (children[slot] === 0) children[slot] = own.push([]) - 1;
      state = children[slot] ?? 0;
    }
    own[state]?.push({ length: text.length, place, owners: Int32Array.from(owners) });
  }
  return { children, states: own.length, own };
}

/** All steps by (state, class), breadth first; states with outputs are numbered last, so that one comparison tells them. */
function layOut({ children, states, own }: Trie, shift: number) {
  const width = 1 << shift;
  const steps = children.slice(0, states << shift);
  const fallback = new Int32Array(states);
  const outputs = own.map((list) => [...list]);
  const order: number[] = [0];
  for (let head = 0; head < order.length; head++) {
    const state = order[head] ?? 0;
    const back = fallback[state] ?? 0;
    if (state !== 0) outputs[state]?.push(...(outputs[back] ?? []));
    for (let kind = 0; kind < width; kind++) {
      const slot = (state << shift) | kind;
      const child = steps[slot] ?? 0;
      const otherwise = state === 0 ? 0 : (steps[(back << shift) | kind] ?? 0);
      if (child === 0) steps[slot] = otherwise;
      else {
        fallback[child] = otherwise;
        order.push(child);
      }
    }
  }
  return renumbered(steps, outputs, shift);
}

function renumbered(steps: Int32Array, outputs: readonly (readonly Output[])[], shift: number) {
  const silent: number[] = [];
  const telling: number[] = [];
  for (const [state, list] of outputs.entries()) (list.length === 0 ? silent : telling).push(state);
  const order = [...silent, ...telling];
  const numberOf = new Int32Array(order.length);
  for (const [number, state] of order.entries()) numberOf[state] = number;
  const moved = new Int32Array(steps.length);
  for (const [number, state] of order.entries())
    for (let kind = 0; kind < 1 << shift; kind++)
      moved[(number << shift) | kind] = numberOf[steps[(state << shift) | kind] ?? 0] ?? 0;
  return {
    steps: moved,
    firstTelling: silent.length,
    outputs: telling.map((state) => outputs[state] ?? []),
  };
}
