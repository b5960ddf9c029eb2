import { type Detection, maxMatchedFields, maxMatchedValue } from '../contracts/index.ts';
import { detectionId, type MatchedField } from '../detect/index.ts';
import type { RuleHit } from './judge.ts';

/** What of a stored event stands in its detections. */
export interface DetectedEvent extends Pick<Detection, 'tenant'> {
  readonly event: Detection['event'];
}

/** The detection that a hit is: its id follows from tenant, logic and event, so that a repeat is the same one. */
export function detectionOf(
  { tenant, event }: DetectedEvent,
  { rule, entity, matched }: RuleHit,
  now: Date,
): Detection {
  return {
    id: detectionId(tenant, rule.logic, event.event_id),
    ...{ tenant, rule, event, entity },
    matched: [...bounded(matched)],
    detected_at: now.toISOString(),
  };
}

/** Whether a hit makes an alert by itself: not when only correlations are to see it. */
export const isLoud = ({ correlated }: RuleHit) => correlated?.silent !== true;

/** As much of what matched as a detection carries. */
export function bounded(matched: readonly MatchedField[]): readonly MatchedField[] {
  return matched
    .slice(0, maxMatchedFields)
    .map(({ field, value }) => ({ field, value: value.slice(0, maxMatchedValue) }));
}
