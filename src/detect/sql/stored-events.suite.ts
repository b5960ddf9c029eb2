import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventRow,
  fieldSql,
  nativeFields,
  normalise,
  type SourceCatalogue,
  stageColumns,
} from '../../normalise/index.ts';
import { type TrustedSql, trust } from '../../sql/index.ts';
import { openStore } from '../../store/index.ts';
import { compileRule, isSelected, type NativeFields, routesOf, type SigmaRule } from '../index.ts';
import { any, selectorSql } from '../selector.ts';
import { compileRuleSql, compileRulesSql, type RuleSql } from './index.ts';

/** An event as it is stored, and as the interpreter sees it. */
export interface StoredEvent {
  readonly row: EventRow;
  readonly fields: NativeFields;
}

/** Numbers of events for one rule. */
export interface Found {
  readonly candidates: ReadonlySet<number>;
  readonly where: ReadonlySet<number>;
  readonly sure: ReadonlySet<number>;
}

/** Rules in one statement; the engine plans each of its conditions. */
const rulesAtOnce = 100;
/** The texts of so many rules are longer than a usual query. */
const settings = {
  max_query_size: 50_000_000,
  max_ast_elements: 5_000_000,
  max_expanded_ast_elements: 5_000_000,
};

/** Reads a record as the pipeline does; undefined when it is no event. */
export function eventOf(catalogue: SourceCatalogue, text: string): StoredEvent | undefined {
  const recognised = catalogue.recogniseText(text);
  if (recognised === undefined) return undefined;
  const place = { partition: 0, offset: 0, sub: 0 };
  const envelope = { tenant: 't', stream: 's', receivedAt: 0, seed: '', ordinal: 0, place };
  const outcome = normalise(catalogue, { ...recognised, ...envelope, raw: Buffer.from(text) });
  if (outcome.kind === 'dead') return undefined;
  const { source, form, raw } = outcome.row;
  const fields = nativeFields(catalogue, { source, form, raw });
  return fields && { row: outcome.row, fields };
}

/** What the interpreter says: the numbers of the events that the rule hits. */
export function interpreted(rule: SigmaRule, events: readonly StoredEvent[]): ReadonlySet<number> {
  const routes = routesOf(rule.logsource).map(({ where, fields }) => ({
    where,
    judge: compileRule(rule, fields),
  }));
  const hits = events.flatMap(({ row, fields }, number) => {
    const isHit = routes.some(
      ({ where, judge }) => isSelected(where, row) && judge.match(fields) !== undefined,
    );
    return isHit ? [number] : [];
  });
  return new Set(hits);
}

/** What is wrong with the answers of SQL for one rule, one line each; judging the rows in question must give the hits. */
export function differences(
  rule: SigmaRule,
  found: Found,
  events: readonly StoredEvent[],
): readonly string[] {
  const hits = interpreted(rule, events);
  const line = (what: string, numbers: Iterable<number>) =>
    [...numbers].map((number) =>
      `${what}: ${rule.title} ${rule.file}: ${events[number]?.row.raw}`.slice(0, 700),
    );
  return [
    ...line(
      'missed',
      [...hits].filter((number) => !found.where.has(number)),
    ),
    ...line(
      'wrongly sure',
      [...found.sure].filter((number) => !hits.has(number)),
    ),
    ...line(
      'no candidate',
      [...found.where].filter((number) => !found.candidates.has(number)),
    ),
  ];
}

/** Events in a table with the columns of `events`, and rules over them as SQL. */
export async function openStoredEvents(catalogue: SourceCatalogue) {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-detect-sql-'));
  const store = await openStore({ folder });
  const columns = stageColumns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
  await store.run(trust(`CREATE TABLE detected (${columns}) ENGINE = Memory`));
  const fields = fieldSql(catalogue);
  const select = async (rules: readonly RuleSql[], from: TrustedSql): Promise<readonly Found[]> => {
    const parts = ['candidates', 'where', 'sure'] as const;
    // What is equal is asked once: the engine plans each condition anew.
    const conditions = [...new Set(rules.flatMap((rule) => parts.map((part) => rule[part])))];
    const measures = conditions.map(
      (condition, index) => `groupArrayIf(row, ${condition}) AS found_${index}`,
    );
    const statement = trust(`SELECT ${measures.join(', ')} FROM ${from}`);
    const [answer = {}] = await store.rows(statement, { settings, maxSeconds: 600 });
    const numbers = (condition: TrustedSql) =>
      new Set([answer[`found_${conditions.indexOf(condition)}`] ?? []].flat().map(Number));
    return rules.map(({ candidates, where, sure }) => ({
      candidates: numbers(candidates),
      where: numbers(where),
      sure: numbers(sure),
    }));
  };
  return {
    /** Instead of those before. */
    async put(events: readonly StoredEvent[]) {
      await store.run(trust('TRUNCATE TABLE detected'));
      for (let from = 0; from < events.length; from += 2_000) {
        const rows = events.slice(from, from + 2_000).map(({ row }, index) => jsonOf(row, from + index));
        await store.run(trust(`INSERT INTO detected FORMAT JSONEachRow\n${rows.join('\n')}`));
      }
    },
    /** Each rule as a condition of its own. */
    single: async (rules: readonly SigmaRule[]) =>
      await select(
        rules.map((rule) => compileRuleSql(rule, fields)),
        trust('detected'),
      ),
    /** All rules over what they share. */
    async together(rules: readonly SigmaRule[]) {
      const found: Found[] = [];
      for (let from = 0; from < rules.length; from += rulesAtOnce) {
        const some = rules.slice(from, from + rulesAtOnce);
        const set = compileRulesSql(some, fields);
        const routed = any(...some.flatMap(({ logsource }) => routesOf(logsource).map(({ where }) => where)));
        const rows = trust(`(SELECT * FROM detected WHERE ${selectorSql(routed)})`);
        found.push(...(await select(set.rules, set.over(rows))));
      }
      return found;
    },
    /** The one row of a statement of the test's own. */
    async row(select: TrustedSql) {
      const [answer = {}] = await store.rows(select, { maxSeconds: 60 });
      return answer;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function jsonOf(row: EventRow, number: number): string {
  const written = { ...row, row: number, event_id: '', time: null, received_at: 0, raw: row.raw.toString() };
  return JSON.stringify(written, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}
