import { hash } from 'node:crypto';
import type { IdFilter } from './id-filter.ts';

/** Bytes of an event id. */
export const idBytes = 16;

/** The rows of a batch that became events, in order: row number, id and content hash of each. */
export interface JudgedRows {
  readonly rows: Uint32Array;
  /** 16 bytes a row. */
  readonly ids: Buffer;
  readonly contentHashes: BigUint64Array;
}

type TenantOf = (row: number) => string;

/** Finds a tenant's stored ids: 16-byte ids as latin1 text → content hash. */
export type IdLookup = (tenant: string, ids: readonly string[]) => Promise<ReadonlyMap<string, bigint>>;

export interface Verdict {
  /** Indexes into the judged rows that are stored already. */
  readonly duplicates: readonly number[];
  /** Indexes whose id is known with another content: they are stored under a second id (16 bytes, latin1). */
  readonly conflicts: ReadonlyMap<number, string>;
  /** Ids that the filter could not rule out, for metrics. */
  readonly lookedUp: number;
}

/**
 * Which rows of a batch are new, duplicates, or in conflict (known id, other content). The filter answers for most; the
 * rest is looked up in the store. Rows earlier in the batch count as known. Rows in `skip` are stored already and are
 * left out of the verdict.
 */
export async function judge(
  judged: JudgedRows,
  filter: IdFilter,
  lookup: IdLookup,
  tenantOf: TenantOf,
  skip: ReadonlySet<number>,
): Promise<Verdict> {
  const doubtful = sift(judged, filter, skip);
  if (doubtful.length === 0) return { duplicates: [], conflicts: new Map(), lookedUp: 0 };

  const keys = new Map(
    doubtful.map((index) => [keyOf(judged.ids, index), tenantOf(judged.rows[index] ?? 0)]),
  );
  const known = await lookUp(lookup, keys);
  const duplicates: number[] = [];
  const clashing: number[] = [];
  for (let index = 0; index < judged.rows.length; index += 1) {
    if (skip.has(index)) continue;
    const key = keyOf(judged.ids, index);
    if (!keys.has(key)) continue;
    const content = judged.contentHashes[index] ?? 0n;
    const before = known.get(key);
    if (before === undefined) known.set(key, content);
    else if (before === content) duplicates.push(index);
    else clashing.push(index);
  }
  const second = await settleConflicts(judged, clashing, filter, lookup, tenantOf);
  duplicates.push(...second.duplicates);
  return { duplicates, conflicts: second.conflicts, lookedUp: doubtful.length };
}

/** Indexes that the filter can not call new; all ids are in the filter afterwards. */
function sift({ ids, rows }: JudgedRows, filter: IdFilter, skip: ReadonlySet<number>): number[] {
  const doubtful: number[] = [];
  for (let index = 0; index < rows.length; index += 1) {
    if (skip.has(index)) continue;
    const at = index * idBytes;
    if (filter.mayHold(ids, at)) doubtful.push(index);
    else filter.add(ids, at);
  }
  return doubtful;
}

/** Looks ids up, a tenant at a time (an id is a hash of its tenant too, so that results can't collide). */
async function lookUp(lookup: IdLookup, tenants: ReadonlyMap<string, string>): Promise<Map<string, bigint>> {
  const found = new Map<string, bigint>();
  for (const tenant of new Set(tenants.values())) {
    const ids = [...tenants].filter(([, of]) => of === tenant).map(([id]) => id);
    for (const [id, content] of await lookup(tenant, ids)) found.set(id, content);
  }
  return found;
}

/** Gives each clashing row its second id; one whose second id is stored too is a duplicate. */
async function settleConflicts(
  judged: JudgedRows,
  clashing: readonly number[],
  filter: IdFilter,
  lookup: IdLookup,
  tenantOf: TenantOf,
): Promise<{ readonly duplicates: readonly number[]; readonly conflicts: ReadonlyMap<number, string> }> {
  if (clashing.length === 0) return { duplicates: [], conflicts: new Map() };
  const secondIds = new Map(
    clashing.map((index) => [index, secondId(keyOf(judged.ids, index), judged.contentHashes[index] ?? 0n)]),
  );
  const tenants = new Map([...secondIds].map(([index, id]) => [id, tenantOf(judged.rows[index] ?? 0)]));
  const stored = new Set((await lookUp(lookup, tenants)).keys());
  const duplicates: number[] = [];
  const conflicts = new Map<number, string>();
  for (const [index, id] of secondIds) {
    if (stored.has(id)) {
      duplicates.push(index);
      continue;
    }
    stored.add(id);
    conflicts.set(index, id);
    filter.add(Buffer.from(id, 'latin1'), 0);
  }
  return { duplicates, conflicts };
}

/** The id under which a known id with other content is stored: the same time, another hash, still a UUIDv8. */
export function secondId(id: string, content: bigint): string {
  const first = Buffer.from(id, 'latin1');
  const digest = hash('sha256', `conflict:${first.toString('hex')}:${content}`, 'buffer');
  const second = Buffer.concat([first.subarray(0, 6), digest.subarray(0, 10)]);
  second[6] = 0x80 | ((second[6] ?? 0) & 0x0f);
  second[8] = 0x80 | ((second[8] ?? 0) & 0x3f);
  return second.toString('latin1');
}

const keyOf = (ids: Buffer, index: number) => ids.toString('latin1', index * idBytes, (index + 1) * idBytes);
