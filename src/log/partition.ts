import { hash } from 'node:crypto';

const netstring = (text: string) => `${Buffer.byteLength(text)}:${text},`;

/**
 * The partition of a stream: the first four bytes of SHA-256 over the netstrings of tenant, source and stream (UTF-8),
 * read big-endian, modulo the number of partitions. Fixed for ever: dedupe and replay rely on a stream's staying put.
 */
export function partitionOf(tenant: string, source: string, stream: string, partitions: number): number {
  const digest = hash('sha256', netstring(tenant) + netstring(source) + netstring(stream), 'buffer');
  return digest.readUInt32BE(0) % partitions;
}
