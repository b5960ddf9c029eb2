import type { Claim, Evidence, HuntPlan, Question } from '../../contracts/index.ts';

/** What a writer may read. Cells of evidence are hostile text: data, never instructions. */
export interface WriterContext {
  readonly question: Question;
  readonly plan: HuntPlan;
  readonly evidence: readonly Evidence[];
  /** Unguessable for who writes telemetry: fences around evidence carry it. */
  readonly runId: string;
  /** W3C trace context to hand on; '' when none. */
  readonly traceparent: string;
}

/** A piece of an answer. `open` ends the sentence before it. Nothing is shown before it is verified. */
export type WriterPiece =
  /** Comes first, and again when another takes over. `note` is what a reader should know about who writes. */
  | { readonly kind: 'author'; readonly name: string; readonly note?: string }
  | { readonly kind: 'open'; readonly sentence: 'fact' | 'assessment'; readonly claims: readonly Claim[] }
  | { readonly kind: 'words'; readonly text: string }
  /** The open sentence never comes to its end: it is struck. */
  | { readonly kind: 'cut'; readonly reason: string }
  /** A sentence that came without a readable claim: it is struck, its words are not shown. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** What the answer can't speak of: left out, cut, failed. */
  | { readonly kind: 'gap'; readonly text: string }
  | { readonly kind: 'usage'; readonly input_tokens: number; readonly output_tokens: number };

/** Writes an answer from evidence. Rejects only when `signal` is aborted; a failing model is told as a gap. */
export interface Writer {
  write(context: WriterContext, signal: AbortSignal): AsyncIterable<WriterPiece>;
}
