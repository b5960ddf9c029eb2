import type { DetectedBy, Entity, RuleLevel } from '../contracts/index.ts';
import {
  createDetector,
  type Detector,
  detectedBy,
  entityOf,
  type NativeFields,
  type RoutedEvent,
  type SigmaRule,
  selectorSql,
} from '../detect/index.ts';
import { maskKey, type RuleMaskEntries } from './mask.ts';
import type { RulePack } from './pack.ts';

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
  /** The record by its source's own names; read only when some rule is about such events. Undefined: it can not be read. */
  readonly fields: () => NativeFields | undefined;
}

/** What one rule found in one event. */
export interface RuleHit {
  readonly rule: DetectedBy;
  readonly entity: Entity;
  readonly matched: readonly { readonly field: string; readonly value: string }[];
}

/** The rules in force, over all tenants. A set that replaces another is whole before it is asked anything. */
export interface RuleJudge {
  /** A condition over the columns of `events`: those that some rule is about; undefined when none is in force. */
  readonly where: string | undefined;
  judge(event: JudgedEvent): readonly RuleHit[];
  /** The same rules under other settings of tenants; nothing is compiled again. */
  withMask(mask: RuleMaskEntries): RuleJudge;
}

/** The part of a pack that judging needs: it travels to the pipeline's thread. */
export type JudgedPack = Pick<RulePack, 'name' | 'license' | 'rules'>;

/** Makes packs ready for a stream of events; of two rules with one id the later pack's counts. */
export function createRuleJudge(packs: readonly JudgedPack[], mask: RuleMaskEntries): RuleJudge {
  const owners = new Map<string, { readonly pack: JudgedPack; readonly rule: SigmaRule }>();
  for (const pack of packs) for (const rule of pack.rules) owners.set(rule.id, { pack, rule });
  const heads = new Map([...owners].map(([id, { pack, rule }]) => [id, detectedBy(rule, pack)]));
  const detector = createDetector([...owners.values()].map(({ rule }) => rule));
  return judgeWith({ detector, heads }, mask);
}

interface Compiled {
  readonly detector: Detector;
  /** What of each rule goes with its detections. */
  readonly heads: ReadonlyMap<string, DetectedBy>;
}

function judgeWith(compiled: Compiled, mask: RuleMaskEntries): RuleJudge {
  const { detector, heads } = compiled;
  return {
    where: detector.rules.length === 0 ? undefined : selectorSql(detector.where),
    judge(event) {
      const { tenant, source, columns, class_uid } = event;
      const routed: RoutedEvent = { ...columns, source, class_uid };
      if (!detector.concerns(routed)) return [];
      const fields = event.fields();
      if (fields === undefined) return [];
      return detector.detect(routed, fields).flatMap(({ rule, matched }) => {
        const setting = mask.get(maskKey(tenant, rule.id));
        const head = heads.get(rule.id);
        if (head === undefined || setting?.enabled === false) return [];
        const entity = entityOf(rule, { source, attributes: columns });
        return [{ rule: withLevel(head, setting?.level), entity, matched }];
      });
    },
    withMask: (other) => judgeWith(compiled, other),
  };
}

const withLevel = (head: DetectedBy, level: RuleLevel | null | undefined): DetectedBy =>
  level === null || level === undefined ? head : { ...head, level };
