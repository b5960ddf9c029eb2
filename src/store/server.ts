import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type Engine, runOn } from './connect.ts';

/** Above every `max_execution_time`: the engine ends a statement, not the wire. */
const requestTimeoutMs = 3_600_000;

/** A ClickHouse server by URL: `http://user:password@host:8123/database`. */
export function serverEngine(url: string): Engine {
  return {
    connect() {
      const client = createClient({
        url,
        max_open_connections: 1,
        request_timeout: requestTimeoutMs,
        log: { level: ClickHouseLogLevel.OFF },
      });
      return { run: (text) => runOn(client, text), close: () => client.close() };
    },
    release: async () => {},
  };
}
