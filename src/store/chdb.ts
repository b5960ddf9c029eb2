import { mkdirSync } from 'node:fs';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { drainPending } from 'chdb';
import { createChdbConnection } from 'chdb/connection';
import { type Connection, type Engine, runOn } from './connect.ts';

/** What the client takes. chDB's connection is typed against another copy of the same declarations, in which one class
 *  with a private field differs in name only. */
type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;

/** ClickHouse inside this process. chDB binds one folder per process; a second one is refused by it. */
export function chdbEngine(folder: string): Engine {
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    connect: () => renewedConnection(() => clientOf(folder)),
    release: () => drainPending(),
  };
}

function clientOf(folder: string): ClickHouseClient {
  const connection: unknown = createChdbConnection({ path: folder });
  return createClient({
    connection: connection as ClientConnection,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

/**
 * A connection that is replaced after each failure. What a failed statement had put out stays in the buffer of its
 * chDB connection and comes back in front of the next statement's result, whoever asks that one (seen with chDB
 * 26.7.2, for timeouts, kills and errors alike). A new connection takes half a millisecond.
 */
function renewedConnection(open: () => ClickHouseClient): Connection {
  let client: ClickHouseClient | undefined = open();
  const drop = async () => {
    const dropped = client;
    client = undefined;
    await dropped?.close();
  };
  return {
    async run(text) {
      client ??= open();
      try {
        return await runOn(client, text);
      } catch (error) {
        await drop();
        throw error;
      }
    },
    close: drop,
  };
}
