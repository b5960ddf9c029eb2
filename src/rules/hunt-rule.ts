import type { HuntedRule, HuntRule } from '../contracts/index.ts';
import {
  type Diagnostic,
  logicHash,
  parseRules,
  type RuleSql,
  routingOf,
  type SigmaRule,
} from '../detect/index.ts';
import { rulesErrors } from './errors.ts';
import { type JudgedPack, rulesInForce } from './in-force.ts';
import { createRuleJudge, type RuleJudge } from './judge.ts';

/** A rule, ready to be looked for in stored events. */
export interface Hunted {
  readonly rule: SigmaRule;
  readonly logic: string;
  readonly sql: RuleSql;
  /** Of this rule alone, whatever tenants set of it. */
  readonly judge: RuleJudge;
  /** Of its text, where that was given, and of its SQL. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How a rule is said in SQL over the columns that this program's sources fill. */
export type SqlOf = (rule: SigmaRule) => RuleSql;

/**
 * The rule that is meant, with the filters of all packs in it: of a loaded pack by its id (of two with one id the later pack's, as they
 * are judged), or from its text, as it would be in force. Throws `rules.unknown_rule`, `rules.hunt_rule`.
 */
export function huntedOf(
  wanted: HuntRule,
  { packs, sqlOf }: { readonly packs: readonly JudgedPack[]; readonly sqlOf: SqlOf },
): Hunted {
  const text = wanted.kind === 'id' ? undefined : parsed(wanted);
  const { rules } = rulesInForce(text === undefined ? packs : [...packs, text.pack]);
  const id = wanted.kind === 'id' ? wanted.id : text?.id;
  const rule = rules.get(id ?? '')?.rule;
  if (rule === undefined) throw rulesErrors.make('unknown_rule', `There is no rule '${id}'`);
  const unroutable = routingOf(rule);
  if (unroutable !== undefined) throw refused(unroutable);
  const sql = sqlOf(rule);
  const diagnostics = [...(text?.diagnostics ?? []), ...sql.diagnostics];
  const judge = createRuleJudge([{ name: '', license: '', rules: [rule] }], new Map());
  return { rule, logic: logicHash(rule), sql, judge, diagnostics };
}

export const headOf = ({ rule }: Hunted): HuntedRule => ({
  id: rule.id.slice(0, maxId),
  title: rule.title,
  level: rule.level,
});

const maxId = 100;

/** A file with one rule, as a pack; documents that filter rules count with it. */
function parsed({ text, file }: Extract<HuntRule, { readonly kind: 'text' }>) {
  const { rules, filters, diagnostics } = parseRules(text, file);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw refused(error);
  const [rule, ...more] = rules;
  if (rule === undefined || more.length > 0)
    throw rulesErrors.make(
      'hunt_rule',
      `${file} holds ${rules.length} rules over single events; one is wanted`,
    );
  return { id: rule.id, diagnostics, pack: { name: '', license: '', rules, filters } };
}

function refused({ file, line, column, message, code }: Diagnostic) {
  return rulesErrors.make('hunt_rule', `${file}:${line}:${column}: ${message} (${code})`);
}
