import type { Entity } from './entities.ts';
import type { TimeSpan } from './time/phrase.ts';
import type { Meaning } from './vocabulary.ts';

interface Place {
  /** Index of the first token. */
  readonly at: number;
  /** True when punctuation ends the span. */
  readonly breakAfter: boolean;
  /** As written. */
  readonly text: string;
}

export type TimeNode = Place & { readonly kind: 'time'; readonly time: TimeSpan };
export type EntityNode = Place & { readonly kind: 'entity'; readonly entity: Entity };
export type WordNode = Place & Meaning;

/** A recognised piece of a question. The pieces cover it from left to right without gaps. */
export type Span = TimeNode | EntityNode | WordNode;

export interface Reading {
  readonly spans: readonly Span[];
  /** Spellings that were corrected, as assumptions. */
  readonly corrections: readonly string[];
}
