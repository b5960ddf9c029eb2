import { isPlainJson, nativeFields, type SourceCatalogue } from '../normalise/index.ts';
import type { StoredEvent } from './hunt-rows.ts';
import type { RuleHit, RuleJudge } from './judge.ts';

/** What rules find in a stored event; undefined when it can not be read as its source writes it. */
export type StoredJudge = (event: StoredEvent) => readonly RuleHit[] | undefined;

/** Judges stored events of a tenant as the pipeline judges them while they come in. */
export function createStoredJudge({
  catalogue,
  judge,
  tenant,
}: {
  readonly catalogue: SourceCatalogue;
  readonly judge: RuleJudge;
  readonly tenant: string;
}): StoredJudge {
  return ({ source, form, raw, columns, class_uid }) => {
    let isUnreadable = false;
    const fields = () => {
      const read = nativeFields(catalogue, { source, form, raw });
      isUnreadable = read === undefined;
      return read;
    };
    const json = isPlainJson(catalogue, { source, form }) ? Buffer.from(raw) : undefined;
    const hits = judge.judge({ tenant, source, class_uid, columns, json, fields });
    return isUnreadable ? undefined : hits;
  };
}
