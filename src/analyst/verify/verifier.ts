import type { Claim, Evidence, HuntQuery, Sentence } from '../../contracts/index.ts';
import { SentenceCheck } from './check.ts';
import { type Resolved, resolveClaim } from './support.ts';
import { plainness } from './vocabulary.ts';

/** How many claims one sentence may rest on. */
export const maxClaims = 8;
const assessmentMark = 'Assessment: ';

/** A sentence while it is written. `push` and `finish` return the text that clients may show. */
export interface OpenSentence {
  /** True from the first miss on: nothing more of it is let out. */
  readonly struck: boolean;
  push(text: string): string;
  finish(): { readonly text: string; readonly sentence: Sentence };
  /** Strikes it for a reason of the caller's: its end never came. */
  cut(reason: string): Sentence;
}

export interface Verifier {
  /** Opens a sentence on its claims. An assessment has none, and is marked with its name. */
  open(id: number, kind: 'fact' | 'assessment', claims: readonly Claim[]): OpenSentence;
}

/**
 * Holds each written sentence against evidence: a name, figure, time or superlative leaves only when it stands in
 * (or is computed by the declared operation from) the cells that the sentence claims. Plain words come from a closed
 * vocabulary; everything else is a fact word. When in doubt a sentence is struck.
 */
export function createVerifier(evidence: readonly Evidence[], queries: readonly HuntQuery[]): Verifier {
  const byId = new Map(evidence.map((each) => [each.id, each]));
  const queryById = new Map(queries.map((query) => [query.id, query]));
  const entities = plainEntities(evidence);
  return {
    open(id, kind, claims) {
      const taken = claims.slice(0, maxClaims);
      const resolved = taken.map((claim) => {
        const named = byId.get(claim.evidence_id);
        return resolveClaim(claim, named, queryById.get(named?.query_id ?? ''));
      });
      return openSentence({
        id,
        kind,
        claims: taken,
        entities,
        resolved,
        fault: faultOf(kind, claims, resolved),
      });
    },
  };
}

function faultOf(
  kind: 'fact' | 'assessment',
  claims: readonly Claim[],
  resolved: readonly Resolved[],
): string | undefined {
  if (kind === 'assessment') return claims.length > 0 ? 'an assessment rests on no cells' : undefined;
  if (claims.length === 0) return 'it has no claim';
  if (claims.length > maxClaims) return `it has more than ${maxClaims} claims`;
  return resolved.flatMap((each) => ('fault' in each ? [each.fault] : []))[0];
}

interface Opening {
  readonly id: number;
  readonly kind: 'fact' | 'assessment';
  readonly claims: readonly Claim[];
  readonly entities: ReadonlySet<string>;
  readonly resolved: readonly Resolved[];
  readonly fault: string | undefined;
}

function openSentence({ id, kind, claims, entities, resolved, fault }: Opening): OpenSentence {
  const supports = resolved.flatMap((each) => ('support' in each ? [each.support] : []));
  const check = new SentenceCheck({ kind, supports, entities });
  let shown = kind === 'assessment' && fault === undefined ? assessmentMark : '';
  let unsent = shown;
  const letOut = (text: string) => {
    shown += text;
    const out = unsent + text;
    unsent = '';
    return out;
  };
  return {
    get struck() {
      return fault !== undefined || check.miss !== undefined;
    },
    push: (text) => (fault === undefined ? letOut(check.push(text)) : ''),
    finish() {
      const text = fault === undefined ? letOut(check.finish()) : '';
      const reason = fault ?? check.miss;
      const verdict = reason === undefined ? 'confirmed' : 'struck';
      const sentence: Sentence = { id, text: shown, kind, claims: [...claims], verdict };
      return { text, sentence: reason === undefined ? sentence : { ...sentence, reason } };
    },
    cut: (reason) => ({ id, text: shown, kind, claims: [...claims], verdict: 'struck', reason }),
  };
}

/** Cells that are plain words by themselves: in a sentence they have to be claimed like any other entity. */
function plainEntities(evidence: readonly Evidence[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, rows } of evidence) {
    if (kind === 'passages') continue;
    for (const cell of rows.flat(2)) {
      if (cell !== null && /^[a-z]{2,24}$/i.test(cell) && plainness(cell.toLowerCase()) === 'common') {
        found.add(cell.toLowerCase());
      }
    }
  }
  return found;
}
