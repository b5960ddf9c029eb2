import type { FieldSql } from '../../normalise/index.ts';
import { trust } from '../../sql/index.ts';
import type { ConditionNode, SearchNode, SigmaRule } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { neededNumbers } from '../necessary.ts';
import { type Route, routesOf } from '../routes.ts';
import { all, selectorSql, text } from '../selector.ts';
import { Bindings } from './bindings.ts';
import {
  allOf,
  and,
  anyOf,
  atLeast,
  type BooleanSql,
  type Bounds,
  exactly,
  negation,
  never,
  not,
  or,
} from './bounds.ts';
import { fieldReader, type ReadField } from './field-text.ts';
import { keywordBounds } from './keyword-sql.ts';
import { placeOf } from './place.ts';
import type { RuleSetSql, RuleSql } from './rule-sql.ts';
import { fieldBounds } from './test-sql.ts';

/**
 * Compiles a rule to SQL over stored events. Never throws for a rule that `parseRules` gave; one that no source can match
 * is 0.
 */
export function compileRuleSql(rule: SigmaRule, fields: FieldSql): RuleSql {
  return compileWith(rule, fields, undefined);
}

/** Compiles rules for one statement: what several read is written once. */
export function compileRulesSql(rules: readonly SigmaRule[], fields: FieldSql): RuleSetSql {
  const bindings = new Bindings();
  const compiled = rules.map((rule) => compileWith(rule, fields, bindings));
  return { over: (relation) => trust(bindings.over(relation)), rules: compiled };
}

function compileWith(rule: SigmaRule, fields: FieldSql, shared: Bindings | undefined): RuleSql {
  const reasons = new Set<string>();
  const context = { fields, shared, judged: (what: string) => void reasons.add(what) };
  const routes = routesOf(rule.logsource).map((route) => routeSql(rule, route, context));
  const candidates = or(routes.map((route) => route.candidates));
  const where = or(routes.map(({ bounds }) => bounds.upper));
  const sure = or(routes.map(({ bounds }) => bounds.lower));
  return {
    candidates: trust(candidates),
    where: trust(where),
    sure: trust(sure),
    exact: where === sure,
    columnsOnly: where === candidates,
    diagnostics: [...reasons].map((what) => judged(rule, what)),
  };
}

function judged({ at, file, title }: SigmaRule, what: string): Diagnostic {
  return {
    ...at,
    code: 'detect.judged',
    severity: 'warning',
    file,
    message: `'${title}' is narrowed by SQL and judged event by event: ${what}`,
  };
}

interface RouteSql {
  readonly candidates: string;
  readonly bounds: Bounds;
}

interface RouteContext {
  readonly fields: FieldSql;
  /** Undefined: what the rule says stands by itself. */
  readonly shared: Bindings | undefined;
  readonly judged: (what: string) => void;
}

function routeSql(rule: SigmaRule, route: Route, { fields, shared, judged }: RouteContext): RouteSql {
  const codes = route.code === undefined ? undefined : neededNumbers(rule, route.code);
  const where = codes === undefined ? route.where : all(route.where, text('metadata_event_code', ...codes));
  const place = placeOf(where);
  const selected = selectorSql(where);
  const rows = shared?.name(selected, 'place');
  const within = exactly(rows ?? selected);
  const readColumns = fieldReader({ fields, place, readsRaw: false, bindings: shared, rows });
  const columns = ruleBounds(rule, { route, read: readColumns, plain: undefined, judged });
  const candidates = allOf([within, columns]);
  const record = fields.record(place);
  if (record === undefined || columns.upper === columns.lower) {
    return { candidates: candidates.upper, bounds: candidates };
  }
  const bindings = shared ?? new Bindings();
  const read = fieldReader({ fields, place, readsRaw: true, bindings, rows });
  const full = ruleBounds(rule, { route, read, plain: record.plain, judged });
  const readable = bindings.name(
    rows === undefined ? record.readable : `if(${rows}, ${record.readable}, 0)`,
    'record',
  );
  // `if` reads the raw record of rows only that the columns leave in question.
  const among = (condition: BooleanSql) =>
    `if(${candidates.upper}, ${shared === undefined ? bindings.around(condition) : condition}, 0)`;
  const bounds = {
    upper: among(or([full.upper, not(readable)])),
    lower: among(or([columns.lower, and([full.lower, readable])])),
  };
  return { candidates: candidates.upper, bounds };
}

interface RuleContext {
  readonly route: Route;
  readonly read: ReadField;
  /** Where raw records can be searched; undefined: nowhere. */
  readonly plain: string | undefined;
  readonly judged: (what: string) => void;
}

function ruleBounds({ detection }: SigmaRule, context: RuleContext): Bounds {
  const searches = new Map(
    [...detection.searches].map(([name, search]) => [name, searchBounds(search, context)]),
  );
  return anyOf(detection.conditions.map((condition) => conditionBounds(condition, searches)));
}

function conditionBounds(node: ConditionNode, searches: ReadonlyMap<string, Bounds>): Bounds {
  switch (node.kind) {
    case 'and':
      return allOf(node.of.map((inner) => conditionBounds(inner, searches)));
    case 'or':
      return anyOf(node.of.map((inner) => conditionBounds(inner, searches)));
    case 'not':
      return negation(conditionBounds(node.of, searches));
    case 'search':
      return searches.get(node.name) ?? never;
    case 'quantified':
      return atLeast(
        node.count,
        node.names.map((name) => searches.get(name) ?? never),
      );
  }
}

function searchBounds(node: SearchNode, context: RuleContext): Bounds {
  switch (node.kind) {
    case 'all-of':
      return allOf(node.of.map((inner) => searchBounds(inner, context)));
    case 'any-of':
      return anyOf(node.of.map((inner) => searchBounds(inner, context)));
    case 'field': {
      const namesOf = (field: string) => context.route.fields.get(field) ?? [field];
      return fieldBounds(node, { ...context, read: (field) => context.read(namesOf(field)) });
    }
    case 'keywords':
      context.judged('keywords are looked for in all values of an event');
      return keywordBounds(node, context.plain);
  }
}
