import type { ClickHouseClient } from '@clickhouse/client';

/** One of the engines that speak ClickHouse SQL. */
export interface Engine {
  /** Where it keeps its files, when it is embedded. */
  readonly folder?: string;
  /** A further connection to the same data. */
  connect(): Connection;
  /** Resolves when nothing of it runs any more; its connections are closed by then. */
  release(): Promise<void>;
}

/** Runs one statement at a time. */
export interface Connection {
  /** What the statement puts out, whole; empty for one that puts nothing out. */
  run(text: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** Runs a statement on a client and gathers what it puts out. */
export async function runOn(client: ClickHouseClient, query: string): Promise<Buffer> {
  const { stream } = await client.exec({ query });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
