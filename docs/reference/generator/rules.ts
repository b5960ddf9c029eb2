import { dirname, relative } from 'node:path';
import { RuleLevel } from '../../../src/contracts/index.ts';
import type { CorrelationRule, LogSource, SigmaRule } from '../../../src/detect/index.ts';
import { loadPack, ownRules } from '../../../src/rules/index.ts';
import { code, page, table } from './markdown.ts';

export function rulesPage(): string {
  const { rules: own, correlations, off } = loadPack(ownRules);
  const rules: readonly Rule[] = [...own, ...correlations];
  const folders = [...new Set(rules.map(folderOf))].sort();
  return page(
    'Rules',
    `The ${rules.length} rules of our own, in \`content/rules\`: Sigma, each with tests beside it. Those marked off are so until somebody puts them in force. What Sigma means here: [sigma.md](sigma.md); ` +
      'how they are switched: [work on alerts](../guide/work-on-alerts.md).',
    ...folders.flatMap((folder) => [
      `## ${folder}`,
      table(
        ['title', 'level', 'log source', 'techniques', 'id'],
        rules
          .filter((rule) => folderOf(rule) === folder)
          .sort(bySeverity)
          .map((rule) => [
            off.includes(rule.id) ? `${rule.title} (off)` : rule.title,
            rule.level,
            rule.kind === 'rule' ? sourceText(rule.logsource) : 'other rules, over time',
            techniquesOf(rule).join(', '),
            code(rule.id),
          ]),
      ),
    ]),
  );
}

type Rule = SigmaRule | CorrelationRule;

const folderOf = ({ file }: Rule) => relative(ownRules, dirname(file)) || 'rules';

const rank = ({ level }: Rule) => RuleLevel.options.indexOf(level);
const bySeverity = (left: Rule, right: Rule) =>
  rank(right) - rank(left) || left.title.localeCompare(right.title, 'en');

const sourceText = ({ product, category, service }: LogSource) =>
  [product, category, service].filter((part) => part !== undefined).join(' / ');

/** `attack.t1059.001` → T1059.001; tags of tactics and others are left out. */
const techniquesOf = ({ tags }: Rule) =>
  tags.flatMap((tag) => (/^attack\.t\d{4}(?:\.\d{3})?$/.test(tag) ? [tag.slice(7).toUpperCase()] : []));
