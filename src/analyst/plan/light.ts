import type { Entity } from './entities.ts';
import { isCue } from './quantity.ts';
import type { Span } from './spans.ts';
import { programs } from './words/programs.ts';

/** Without the words that say nothing of what is looked for; `type` says something only behind `by` or `per`. */
export function withoutLight(spans: readonly Span[]): readonly Span[] {
  const steps: Span[] = [];
  for (const [at, span] of spans.entries()) {
    if (isStartedBy(spans, at) && !steps.some(({ kind }) => kind === 'class' || kind === 'field')) {
      steps.push({ kind: 'class', name: 'process_start', at: span.at, text: span.text, breakAfter: false });
      continue;
    }
    if (span.kind === 'filler' || span.kind === 'opinion') continue;
    const before = steps.at(-1);
    const groups = (before?.kind === 'link' && before.link === 'by') || isCue(before, 'group');
    if (span.kind === 'field' && span.name === 'event_kind' && !groups) continue;
    steps.push(span);
  }
  return steps;
}

/** `what was started by winword`: only a program starts what is a process for sure. */
function isStartedBy(spans: readonly Span[], at: number): boolean {
  const [verb, link, program] = spans.slice(at, at + 3);
  return (
    verb?.kind === 'filler' &&
    verb.text.toLowerCase() === 'started' &&
    link?.kind === 'link' &&
    link.link === 'by' &&
    program?.kind === 'entity' &&
    isProgram(program.entity)
  );
}

const isProgram = ({ kind, value }: Entity) =>
  programs.has(value.toLowerCase()) || (kind === 'file' && /\.exe$/i.test(value));
