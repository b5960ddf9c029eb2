import type { DeadLetterView, Routes } from '../contracts/index.ts';
import { readScopeOf } from '../guard/index.ts';
import type { RouteHandler } from '../http/index.ts';
import type { Query } from '../sql/index.ts';
import type { ApiDependencies } from './dependencies.ts';
import { rowsOf, type StoredRow, textOf } from './stored-rows.ts';

/** What a list shows of a record, in UTF-16 code units. */
const shownOfRaw = 4_096;

const columns = [
  'source',
  'stream',
  'partition',
  'offset',
  'sub',
  'received_at',
  'ingested_at',
  'code',
  'path',
  'message',
  'raw',
  'raw_bytes',
  'raw_sha256',
];

/** The newest dead letters of the caller's tenant. */
export function deadLettersHandler({
  store,
  snapshot,
}: Pick<ApiDependencies, 'store' | 'snapshot'>): RouteHandler<Routes['deadLetters']> {
  return async ({ query: { source, limit }, principal, signal }) => {
    const scope = readScopeOf(principal, 'events:read', snapshot());
    const found = await store.read(scope, deadLettersQuery(source, limit), { signal });
    return { body: { dead_letters: rowsOf(found).map(deadLetterView), truncated: found.truncated } };
  };
}

function deadLettersQuery(source: string | undefined, limit: number): Query {
  return {
    kind: 'rows',
    from: { kind: 'table', name: 'dead_letters' },
    columns,
    ...(source === undefined ? {} : { where: { kind: 'eq', column: 'source', value: source } }),
    orderBy: [{ column: 'received_at', direction: 'desc' }],
    limit,
  };
}

function deadLetterView(row: StoredRow): DeadLetterView {
  return {
    source: textOf(row.source),
    stream: textOf(row.stream),
    place: { partition: Number(row.partition), offset: textOf(row.offset), sub: Number(row.sub) },
    received_at: textOf(row.received_at),
    ingested_at: textOf(row.ingested_at),
    code: textOf(row.code),
    path: textOf(row.path),
    message: textOf(row.message),
    raw: textOf(row.raw).slice(0, shownOfRaw),
    raw_bytes: Number(row.raw_bytes),
    raw_sha256: textOf(row.raw_sha256),
  };
}
