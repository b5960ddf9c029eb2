import type { DetectedBy, Entity, RuleLevel } from '../contracts/index.ts';
import {
  createDetector,
  type Detector,
  detectedBy,
  entityOf,
  logicHash,
  type NativeFields,
  type RoutedEvent,
  readFields,
  selectorSql,
} from '../detect/index.ts';
import { type CorrelatedRule, correlatedRules, correlationsInForce } from './correlation/correlations.ts';
import { type JudgedPack, rulesInForce } from './in-force.ts';
import { maskKey, type RuleMaskEntries } from './mask.ts';

/** Text columns of an event that rules are routed by and entities are named from. */
export const judgedColumns = [
  'metadata_log_name',
  'metadata_event_code',
  'device_hostname',
  'device_uid',
  'device_ip',
  'actor_user_name',
  'actor_user_uid',
  'user_name',
  'user_uid',
  'src_ip',
  'dst_ip',
  'resource_uid',
  'resource_name',
  'cloud_account',
] as const;
export type JudgedColumn = (typeof judgedColumns)[number];

/** A normalised record, as rules see it. */
export interface JudgedEvent {
  readonly tenant: string;
  readonly source: string;
  readonly class_uid: bigint | null;
  readonly columns: Readonly<Record<JudgedColumn, string>>;
  /** The record's bytes, where they are JSON of which every field's value is a member. */
  readonly json?: Uint8Array | undefined;
  /** The record by its source's own names; read only when some rule is about such events. Undefined: it can not be read. */
  readonly fields: () => NativeFields | undefined;
}

/** What one rule found in one event. */
export interface RuleHit {
  readonly rule: DetectedBy;
  readonly entity: Entity;
  readonly matched: readonly { readonly field: string; readonly value: string }[];
  /** Of rules that correlations stand on: the fields that these need, and whether the hit alone makes no alert. */
  readonly correlated?: { readonly silent: boolean; readonly fields: Readonly<Record<string, string>> };
}

/** The rules in force, over all tenants. A set that replaces another is whole before it is asked anything. */
export interface RuleJudge {
  /** A condition over the columns of `events`: those that some rule is about; undefined when none is in force. */
  readonly where: string | undefined;
  judge(event: JudgedEvent): readonly RuleHit[];
  /** The same rules under other settings of tenants; nothing is compiled again. */
  withMask(mask: RuleMaskEntries): RuleJudge;
}

/** Makes packs ready for a stream of events, filters applied; of two rules with one id the later pack's counts. */
export function createRuleJudge(packs: readonly JudgedPack[], mask: RuleMaskEntries): RuleJudge {
  const { rules } = rulesInForce(packs);
  const heads = new Map(
    [...rules].map(([id, { pack, rule }]) => [id, detectedBy(rule, logicHash(rule), pack)]),
  );
  const detector = createDetector([...rules.values()].map(({ rule }) => rule));
  const correlations = [...correlationsInForce(packs).values()].map(({ correlation }) => correlation);
  const off = new Set(packs.flatMap((pack) => pack.off ?? []));
  return judgeWith({ detector, heads, off, correlated: correlatedRules(correlations) }, mask);
}

interface Compiled {
  readonly detector: Detector;
  /** What of each rule goes with its detections. */
  readonly heads: ReadonlyMap<string, DetectedBy>;
  /** Rules that are off where nobody set anything. */
  readonly off: ReadonlySet<string>;
  readonly correlated: ReadonlyMap<string, CorrelatedRule>;
}

function judgeWith(compiled: Compiled, mask: RuleMaskEntries): RuleJudge {
  const { detector, heads, off, correlated } = compiled;
  return {
    where: detector.rules.length === 0 ? undefined : selectorSql(detector.where),
    judge(event) {
      const { tenant, source, columns, class_uid } = event;
      const { metadata_log_name, metadata_event_code } = columns;
      const routed: RoutedEvent = { source, metadata_log_name, metadata_event_code, class_uid };
      if (!detector.concerns(routed)) return [];
      let native: NativeFields | undefined;
      const fieldsOnce = () => {
        native ??= event.fields();
        return native;
      };
      return detector
        .detect(routed, { json: event.json, fields: fieldsOnce })
        .flatMap(({ rule, matched }) => {
          const setting = mask.get(maskKey(tenant, rule.id));
          const head = heads.get(rule.id);
          const needed = correlated.get(rule.id);
          // A rule that is off until somebody wants its alerts serves correlations all the same.
          const isOff = setting === undefined && off.has(rule.id);
          if (head === undefined || setting?.enabled === false || (isOff && needed === undefined)) return [];
          const entity = entityOf(rule, { source, attributes: columns });
          const hit = { rule: withLevel(head, setting?.level), entity, matched };
          if (needed === undefined) return [hit];
          const read = fieldsOnce();
          const fields = read === undefined ? {} : readFields(rule.logsource, needed.fields, routed, read);
          return [{ ...hit, correlated: { silent: needed.silent || isOff, fields } }];
        });
    },
    withMask: (other) => judgeWith(compiled, other),
  };
}

const withLevel = (head: DetectedBy, level: RuleLevel | null | undefined): DetectedBy =>
  level === null || level === undefined ? head : { ...head, level };
