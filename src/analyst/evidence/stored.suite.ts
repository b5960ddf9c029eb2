import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attributeNames, attributes, type HuntPlan, type HuntQuery } from '../../contracts/index.ts';
import { localPrincipal, readScopeOf } from '../../guard/index.ts';
import type { InsertRow } from '../../sql/index.ts';
import { openStore, type Store } from '../../store/index.ts';

/** An event as a test writes it: what is left out is absent. Times are ISO 8601 in UTC. */
export interface TestEvent {
  readonly id?: string;
  readonly tenant?: string;
  readonly time?: string | null;
  readonly received_at?: string;
  readonly ingested_at?: number;
  readonly source?: string;
  readonly raw?: string;
  readonly attributes?: Readonly<Record<string, string | number | bigint | readonly string[]>>;
}

export const ingestedAt = Date.UTC(2024, 2, 14, 12);

const absent = Object.fromEntries(
  attributeNames.map((name) => {
    const { type } = attributes[name];
    return [name, type === 'int' ? null : type === 'list' ? [] : ''];
  }),
) as InsertRow;

function rowOf(event: TestEvent): InsertRow {
  const time = event.time === undefined ? '2024-03-14T10:00:00Z' : event.time;
  return {
    tenant: event.tenant ?? 'default',
    event_id: event.id ?? randomUUID(),
    time: time === null ? null : BigInt(Date.parse(time)) * 1_000n,
    time_quality: time === null ? 'missing' : 'exact',
    received_at: Date.parse(event.received_at ?? time ?? '2024-03-14T10:00:00Z'),
    ingested_at: event.ingested_at ?? ingestedAt,
    source: event.source ?? 'windows',
    form: 'flat',
    stream: '',
    schema_version: 1,
    mapping_version: 1,
    content_hash: 0n,
    id_conflict: 0,
    retention_class: 'default',
    partition: 0,
    offset: 0n,
    sub: 0,
    writer_epoch: 1,
    batch: 1n,
    raw: event.raw ?? '{}',
    ...absent,
    ...event.attributes,
  };
}

export interface TestStore {
  readonly store: Store;
  insert(...events: readonly TestEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** A real store in a folder of its own. */
export async function openTestStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'tyrian-evidence-'));
  const store = await openStore({ folder });
  return {
    store,
    insert: (...events) => store.insert('events', events.map(rowOf)),
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const scopeOf = (tenant = 'default', snapshot = ingestedAt) =>
  readScopeOf(localPrincipal(tenant), 'ask', snapshot);

export const day: HuntPlan['window'] = {
  from: '2024-03-14T00:00:00.000Z',
  to: '2024-03-15T00:00:00.000Z',
  anchor: 'stated',
};

export const planOf = (...queries: readonly HuntQuery[]): HuntPlan => ({
  kind: 'search',
  window: day,
  queries: [...queries],
  assumptions: [],
  planner: 'deterministic',
});
