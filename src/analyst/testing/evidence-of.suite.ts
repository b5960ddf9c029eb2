import { createHash } from 'node:crypto';
import type { Evidence, EvidenceCell } from '../../contracts/index.ts';

/** Evidence as a test writes it: the first row names the columns. */
export function evidenceOf(
  id: string,
  kind: Evidence['kind'],
  [names = [], ...rows]: readonly (readonly EvidenceCell[])[],
): Evidence {
  return {
    id,
    query_id: id.replace('e', 'q'),
    kind,
    purpose: `evidence ${id}`,
    sql: 'SELECT 1',
    snapshot: '2024-05-02T00:00:00Z',
    columns: names.map((name) => ({ name: String(name), type: 'String' })),
    rows: rows.map((row) => [...row]),
    row_hash: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
    truncated: false,
    elapsed_ms: 1,
  };
}
