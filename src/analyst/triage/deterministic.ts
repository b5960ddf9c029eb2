import type { Evidence, HuntPlan, HuntQuery, ThreatSummary } from '../../contracts/index.ts';
import { constantOf } from '../verify/constants.ts';
import { cellClaim, labelled, textAt } from '../write/told.ts';
import { type Concern, concerns } from './concerns.ts';
import type { Triager } from './port.ts';

/** How many hosts and claims a summary names. */
const maxHosts = 50;
const maxClaims = 50;

/** Reads the declared table over evidence. Severity is unknown until detection rules give one. */
export function createDeterministicTriager(): Triager {
  return {
    async triage({ evidence, plan }, signal) {
      signal.throwIfAborted();
      return { summary: summarise(evidence, plan), input_tokens: 0, output_tokens: 0 };
    },
  };
}

interface Hit {
  readonly evidence: Evidence;
  readonly row: number;
  readonly concern: Concern;
}

/** Affected are the hosts of rows that a concern names; without one, the hosts that evidence names at all. */
function summarise(evidence: readonly Evidence[], plan: HuntPlan): ThreatSummary {
  const hits = evidence.flatMap((each) =>
    hitsOf(
      each,
      plan.queries.find(({ id }) => id === each.query_id),
    ),
  );
  const hosts = new Map<string, ThreatSummary['claims'][number]>();
  for (const { evidence: each, row } of hits.length > 0 ? hits : evidence.flatMap(rowsOf)) {
    const host = textAt(each, row, 'device_hostname');
    if (host === '' || hosts.has(host) || hosts.size >= maxHosts) continue;
    const text = labelled('device_hostname', host);
    hosts.set(host, { text, claim: cellClaim(each, row, ['device_hostname']) });
  }
  return {
    severity: 'unknown',
    affected_hosts: [...hosts.keys()],
    recommended_action: hits.length > 0 ? 'open-investigation' : 'monitor',
    claims: [...hits.map(claimOf), ...hosts.values()].slice(0, maxClaims),
  };
}

function rowsOf(evidence: Evidence): readonly { evidence: Evidence; row: number }[] {
  return evidence.rows.map((_, row) => ({ evidence, row }));
}

function hitsOf(evidence: Evidence, query: HuntQuery | undefined): readonly Hit[] {
  return rowsOf(evidence).flatMap(({ row }) => {
    const at = (column: string) => textAt(evidence, row, column) || constantOf(query, column);
    const concern = concerns.find((each) => holds(each, at));
    return concern === undefined ? [] : [{ evidence, row, concern }];
  });
}

function holds({ when }: Concern, at: (column: string) => string): boolean {
  return when.every(({ column, values }) => {
    const text = at(column).toLowerCase();
    return values.length === 0 ? text !== '' : values.includes(text);
  });
}

function claimOf({ evidence, row, concern }: Hit): ThreatSummary['claims'][number] {
  const columns = concern.when
    .map(({ column }) => column)
    .filter((column) => textAt(evidence, row, column) !== '');
  const values = columns.map((column) => labelled(column, textAt(evidence, row, column)));
  return { text: `${concern.name}: ${values.join(', ')}`, claim: cellClaim(evidence, row, columns) };
}
