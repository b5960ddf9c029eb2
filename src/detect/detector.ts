import type { SigmaRule } from './ast.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { MatchedField } from './interpret.ts';
import { type DetectRecord, Matcher, type RoutedRule } from './matcher/matcher.ts';
import { neededNumbers } from './necessary.ts';
import { type Route, routesOf } from './routes.ts';
import { all, any, isSelected, type RoutedEvent, type Selector, text } from './selector.ts';

/** One rule's hit on one event. */
export interface Hit {
  readonly rule: SigmaRule;
  readonly matched: readonly MatchedField[];
}

export interface Detector {
  /** Rules that some source can match. */
  readonly rules: readonly SigmaRule[];
  /** `detect.unroutable`, one a rule that none can. */
  readonly diagnostics: readonly Diagnostic[];
  /** Which events any rule is about. */
  readonly where: Selector;
  /** True when some rule is about such events: else their fields need not be read. */
  concerns(event: RoutedEvent): boolean;
  /** All hits on an event, each rule at most once. */
  detect(event: RoutedEvent, record: DetectRecord): readonly Hit[];
}

/** Rules of one route and the same event codes, which are compared once for all of them. */
interface Lane {
  readonly route: Route;
  /** Undefined: events of any code. */
  readonly codes: ReadonlySet<string> | undefined;
  readonly where: Selector;
  readonly rules: RoutedRule[];
}

/** Kinds of events (source, log, code, class) whose rules are remembered. */
const maxKinds = 10_000;
/** Sets of rules that are kept ready; there are fewer, unless rules and kinds of events are very many. */
const maxMatchers = 4_096;

/** Makes rules ready for a stream of events; the rules of a kind of event when the first such event comes. Keeps nothing of an event. */
export function createDetector(rules: readonly SigmaRule[]): Detector {
  const lanes = new Map<Route, Map<string, Lane>>();
  const routed: SigmaRule[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const rule of rules) {
    const routes = routesOf(rule.logsource);
    if (routes.length === 0) diagnostics.push(unroutable(rule));
    else routed.push(rule);
    for (const route of routes) {
      const lane = laneOf(lanes, route, rule);
      lane.rules.push({ rule, route });
    }
  }
  const matcherFor = rememberKinds([...lanes.values()].flatMap((ofRoute) => [...ofRoute.values()]));
  return {
    rules: routed,
    diagnostics,
    where: any(...[...lanes].map(([route, ofRoute]) => narrowed(route, codesOf([...ofRoute.values()])))),
    concerns: (event) => matcherFor(event) !== undefined,
    detect: (event, record) => matcherFor(event)?.match(record) ?? [],
  };
}

function laneOf(lanes: Map<Route, Map<string, Lane>>, route: Route, rule: SigmaRule): Lane {
  const codes = route.code === undefined ? undefined : neededNumbers(rule, route.code);
  const key = codes === undefined ? '' : [...codes].sort().join();
  const ofRoute = lanes.get(route) ?? new Map<string, Lane>();
  const lane = ofRoute.get(key) ?? { route, codes, where: narrowed(route, codes), rules: [] };
  lanes.set(route, ofRoute);
  ofRoute.set(key, lane);
  return lane;
}

/** The codes that any of the lanes is about; undefined when one is about all. */
function codesOf(lanes: readonly Lane[]): ReadonlySet<string> | undefined {
  const codes = new Set<string>();
  for (const lane of lanes) {
    if (lane.codes === undefined) return undefined;
    for (const code of lane.codes) codes.add(code);
  }
  return codes;
}

function narrowed({ where }: Route, codes: ReadonlySet<string> | undefined): Selector {
  return codes === undefined ? where : all(where, text('metadata_event_code', ...codes));
}

/** Gives the matcher of all rules about such events; undefined where there is no rule. */
function rememberKinds(lanes: readonly Lane[]): (event: RoutedEvent) => Matcher | undefined {
  const known = new Map<string, Matcher | null>();
  const matchers = new Map<string, Matcher | null>();
  return ({ source, metadata_log_name, metadata_event_code, class_uid }) => {
    const kind = `${source}\n${metadata_log_name}\n${metadata_event_code}\n${class_uid ?? ''}`;
    const remembered = known.get(kind);
    if (remembered !== undefined) return remembered ?? undefined;
    const event = { source, metadata_log_name, metadata_event_code, class_uid };
    const found = [...lanes.entries()].filter(([, lane]) => isSelected(lane.where, event));
    const key = found.map(([index]) => index).join();
    if (matchers.size >= maxMatchers) matchers.clear();
    const matcher =
      matchers.get(key) ?? (found.length === 0 ? null : new Matcher(found.flatMap(([, lane]) => lane.rules)));
    matchers.set(key, matcher);
    if (known.size >= maxKinds) known.clear();
    known.set(kind, matcher);
    return matcher ?? undefined;
  };
}

/** `detect.unroutable` for a rule that no source here can match; undefined for others. */
export function routingOf(rule: SigmaRule): Diagnostic | undefined {
  return routesOf(rule.logsource).length === 0 ? unroutable(rule) : undefined;
}

function unroutable({ logsource, file, title }: SigmaRule): Diagnostic {
  const { product, category, service } = logsource;
  const written = Object.entries({ product, category, service })
    .filter(([, value]) => value !== undefined)
    .map(([part, value]) => `${part} ${value}`);
  return {
    ...logsource.at,
    code: 'detect.unroutable',
    severity: 'warning',
    file,
    message: `'${title}' can never match here: no source gives events of ${written.join(', ')}`,
  };
}
