import type { Evidence, HuntPlan, Sentence } from '../../contracts/index.ts';
import { untilAborted } from '../abortable.ts';
import { createVerifier, type OpenSentence, type Verifier } from '../verify/verifier.ts';
import type { Writer, WriterContext, WriterPiece } from '../write/port.ts';
import type { RunEvent } from './run-event.ts';

/** Sentences of one answer, struck ones too: a writer that goes on is stopped. */
export const maxSentences = 400;

/** Turns what a writer says into verified events, and keeps the sentences and gaps of the answer. */
export class Telling {
  readonly sentences: Sentence[] = [];
  readonly gaps: string[];
  readonly tokens = { input: 0, output: 0 };
  readonly #verifier: Verifier;
  #authors: string[] = [];
  #open: { readonly id: number; readonly sentence: OpenSentence } | undefined;

  constructor(input: {
    readonly evidence: readonly Evidence[];
    readonly plan: HuntPlan;
    readonly gaps: readonly string[];
  }) {
    this.#verifier = createVerifier(input.evidence, input.plan.queries);
    this.gaps = [...input.gaps];
  }

  /** Who wrote; the engine when no writer was asked. */
  get author(): string {
    return this.#authors.length === 0 ? 'engine' : this.#authors.join(', then ');
  }

  /** A sentence by the program itself, from the run's own record. */
  *engine(text: string): Generator<RunEvent, void> {
    const id = this.sentences.length;
    yield { type: 'answer-delta', data: { sentence: id, text } };
    yield this.#keep({ id, text, kind: 'engine', claims: [], verdict: 'confirmed' });
  }

  /** Lets the writer write until it is done, out of time, or has written too much. */
  async *write(
    writer: Writer,
    context: WriterContext,
    limitMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent, void> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    try {
      for await (const piece of untilAborted(writer.write(context, inTime), inTime)) {
        yield* this.#take(piece);
        if (this.sentences.length < maxSentences) continue;
        this.gaps.push(`The writer was stopped after ${maxSentences} sentences.`);
        break;
      }
    } catch (cause) {
      if (signal.aborted) throw cause;
      const reason = inTime.aborted ? 'the writer ran out of time' : 'the writer broke off';
      this.gaps.push(`The answer is not whole: ${reason}.`);
      yield* this.#cut(reason);
    }
    yield* this.#close();
    const struck = this.sentences.filter(({ verdict }) => verdict === 'struck').length;
    if (struck > 0) this.gaps.push(`${struck} of the writer's sentences did not hold and were struck.`);
  }

  *#take(piece: WriterPiece): Generator<RunEvent, void> {
    switch (piece.kind) {
      case 'author':
        yield* this.#close();
        this.#authors = [...this.#authors, piece.name];
        if (piece.note !== undefined) yield* this.engine(piece.note);
        return;
      case 'open':
        yield* this.#close();
        this.#open = {
          id: this.sentences.length,
          sentence: this.#verifier.open(this.sentences.length, piece.sentence, piece.claims),
        };
        return;
      case 'words':
        yield* this.#say(piece.text);
        return;
      case 'cut':
        yield* this.#cut(piece.reason);
        return;
      case 'malformed':
        yield* this.#close();
        yield this.#keep({
          id: this.sentences.length,
          text: '',
          kind: 'fact',
          claims: [],
          verdict: 'struck',
          reason: piece.reason,
        });
        return;
      case 'gap':
        this.gaps.push(piece.text);
        return;
      case 'usage':
        this.tokens.input += piece.input_tokens;
        this.tokens.output += piece.output_tokens;
        return;
    }
  }

  *#say(words: string): Generator<RunEvent, void> {
    if (this.#open === undefined) return;
    const { id, sentence } = this.#open;
    const text = sentence.push(words);
    if (text !== '') yield { type: 'answer-delta', data: { sentence: id, text } };
    // Clients withdraw a struck sentence at once, not when the writer comes to its end.
    if (sentence.struck) yield* this.#close();
  }

  *#close(): Generator<RunEvent, void> {
    if (this.#open === undefined) return;
    const { id, sentence: open } = this.#open;
    this.#open = undefined;
    const { text, sentence } = open.finish();
    if (text !== '') yield { type: 'answer-delta', data: { sentence: id, text } };
    yield this.#keep(sentence);
  }

  /** A sentence that never came to its end says less than was meant: it is struck. */
  *#cut(reason: string): Generator<RunEvent, void> {
    if (this.#open === undefined) return;
    const { sentence } = this.#open;
    this.#open = undefined;
    yield this.#keep(sentence.cut(reason));
  }

  #keep(sentence: Sentence): RunEvent {
    this.sentences.push(sentence);
    return { type: 'sentence', data: sentence };
  }
}
