import type { Evidence, ThreatSummary } from '../../contracts/index.ts';
import { cellClaim, labelled, textAt } from '../write/told.ts';
import { type Concern, concerns } from './concerns.ts';
import type { Triager } from './port.ts';

/** How many hosts and claims a summary names. */
const maxHosts = 50;
const maxClaims = 50;

/** Reads the declared table over evidence. Severity is unknown until detection rules give one. */
export function createDeterministicTriager(): Triager {
  return {
    async triage({ evidence }, signal) {
      signal.throwIfAborted();
      return { summary: summarise(evidence), input_tokens: 0, output_tokens: 0 };
    },
  };
}

interface Hit {
  readonly evidence: Evidence;
  readonly row: number;
  readonly concern: Concern;
}

/** Affected are the hosts of rows that a concern names; without one, the hosts that evidence names at all. */
export function summarise(evidence: readonly Evidence[]): ThreatSummary {
  const hits = evidence.flatMap(hitsOf);
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

function hitsOf(evidence: Evidence): readonly Hit[] {
  const known = new Set(evidence.columns.map(({ name }) => name));
  const possible = concerns.filter(({ when }) => when.every(({ column }) => known.has(column)));
  return rowsOf(evidence).flatMap(({ row }) => {
    const concern = possible.find((each) => holds(each, evidence, row));
    return concern === undefined ? [] : [{ evidence, row, concern }];
  });
}

function holds({ when }: Concern, evidence: Evidence, row: number): boolean {
  return when.every(({ column, values }) => {
    const text = textAt(evidence, row, column).toLowerCase();
    return values.length === 0 ? text !== '' : values.includes(text);
  });
}

function claimOf({ evidence, row, concern }: Hit): ThreatSummary['claims'][number] {
  const columns = concern.when.map(({ column }) => column);
  const values = columns.map((column) => labelled(column, textAt(evidence, row, column)));
  return { text: `${concern.name}: ${values.join(', ')}`, claim: cellClaim(evidence, row, columns) };
}
