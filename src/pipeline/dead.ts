import { hash } from 'node:crypto';
import { keptOfTooLarge } from '../contracts/index.ts';
import type { LostRecords, PlacedGroup } from './batch.ts';
import { bytesOf, type NativeColumn, nativeBlock, texts } from './native.ts';

/** A dead letter as it is stored; see the contract `DeadLetter`. */
export interface DeadRow {
  readonly tenant: string;
  readonly source: string;
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
  readonly sub: number;
  readonly receivedAt: number;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly raw: Uint8Array;
  readonly rawBytes: number;
  readonly rawSha256: string;
}

interface Reason {
  readonly code: string;
  readonly path: string;
  readonly message: string;
}

/** The dead letter of one record of a group; `sub` counts from the group's first record. */
export function deadRow(placed: PlacedGroup, index: number, raw: Uint8Array, reason: Reason): DeadRow {
  const { group, partition, offset } = placed;
  return {
    tenant: group.tenant,
    source: group.source,
    stream: group.stream,
    partition,
    offset,
    sub: group.firstSub + index,
    receivedAt: group.receivedAt,
    ...reason,
    raw: raw.subarray(0, keptOfTooLarge),
    rawBytes: group.fault?.bytes ?? raw.byteLength,
    rawSha256: group.fault?.sha256 ?? hash('sha256', raw, 'hex'),
  };
}

/** One dead letter per record of a frame that is damaged beyond reading, so that the ledger still adds up. */
export function* lostRows({ partition, offset, message, counts }: LostRecords): Generator<DeadRow> {
  let sub = 0;
  for (const { tenant, source, stream, minute, records } of counts) {
    for (let index = 0; index < records; index += 1) {
      yield {
        ...{ tenant, source, stream, partition, offset, sub, message },
        receivedAt: minute * 60_000,
        code: 'log.corrupt_frame',
        path: '',
        raw: new Uint8Array(),
        rawBytes: 0,
        rawSha256: hash('sha256', '', 'hex'),
      };
      sub += 1;
    }
  }
}

/** The columns of `deadBlock`, in the store's names. */
export const deadStructure = [
  ['tenant', 'String'],
  ['source', 'String'],
  ['stream', 'String'],
  ['partition', 'UInt16'],
  ['offset', 'UInt64'],
  ['sub', 'UInt32'],
  ['received_at', "DateTime64(3, 'UTC')"],
  ['code', 'String'],
  ['path', 'String'],
  ['message', 'String'],
  ['raw', 'String'],
  ['raw_bytes', 'UInt64'],
  ['raw_sha256', 'String'],
] as const;

/** Dead letters as one Native block: their bytes may be anything, which JSON could not carry. */
export function deadBlock(rows: readonly DeadRow[]): Uint8Array[] {
  const text = (pick: (row: DeadRow) => string | Uint8Array) => [texts(rows.map(pick))];
  const parts: Record<(typeof deadStructure)[number][0], Uint8Array[]> = {
    tenant: text((row) => row.tenant),
    source: text((row) => row.source),
    stream: text((row) => row.stream),
    partition: [bytesOf(Uint16Array.from(rows, (row) => row.partition))],
    offset: [bytesOf(BigUint64Array.from(rows, (row) => BigInt(row.offset)))],
    sub: [bytesOf(Uint32Array.from(rows, (row) => row.sub))],
    received_at: [bytesOf(BigInt64Array.from(rows, (row) => BigInt(row.receivedAt)))],
    code: text((row) => row.code),
    path: text((row) => row.path),
    message: text((row) => row.message),
    raw: text((row) => row.raw),
    raw_bytes: [bytesOf(BigUint64Array.from(rows, (row) => BigInt(row.rawBytes)))],
    raw_sha256: text((row) => row.rawSha256),
  };
  const columns: NativeColumn[] = deadStructure.map(([name, type]) => ({ name, type, parts: parts[name] }));
  return nativeBlock(rows.length, columns);
}
