import type { DetectedBy } from '../contracts/index.ts';
import type { RuleHead } from './ast.ts';

/** What of a rule or correlation goes with its detections, cut to the contract's bounds. A rule's own author and licence win over its pack's. */
export function detectedBy(
  rule: RuleHead,
  logic: string,
  pack: { readonly name: string; readonly license: string; readonly author?: string },
): DetectedBy {
  return {
    id: rule.id.slice(0, 100),
    logic,
    title: rule.title.slice(0, 256),
    level: rule.level,
    tags: rule.tags.slice(0, 64).map((tag) => tag.slice(0, 100)),
    pack: pack.name,
    author: (rule.author === '' ? (pack.author ?? '') : rule.author).slice(0, 512),
    license: (rule.license === '' ? pack.license : rule.license).slice(0, 100),
  };
}
