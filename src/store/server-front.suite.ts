/**
 * Stands in for a ClickHouse server in tests: the HTTP interface's `POST /` with the statement as its body, over chDB in
 * a process of its own (its folder is the argument). It has what the client uses and no more: no users, no settings in
 * the URL, results whole before the answer begins. Prints its port when it listens.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What to start. */
export const serverFront = import.meta.filename;

if (process.argv[1] === serverFront) await serve(process.argv[2] ?? '');

async function serve(folder: string): Promise<void> {
  const { chdbEngine } = await import('./chdb.ts');
  const engine = chdbEngine(folder);
  // chDB lets its data go when the last connection closes, tables in memory with it.
  const held = engine.connect();

  const server = createServer(async (request, response) => {
    const connection = engine.connect();
    try {
      const result = await connection.run(await text(request));
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(result);
    } catch (error) {
      const { code = '1002', message, type = 'UNKNOWN_EXCEPTION' } = error as Partial<EngineError>;
      response
        .writeHead(500, { 'x-clickhouse-exception-code': code })
        .end(`Code: ${code}. DB::Exception: ${message} (${type})`);
    } finally {
      await connection.close();
    }
  });

  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
  process.on('SIGTERM', async () => {
    server.close();
    server.closeAllConnections();
    await held.close();
    await engine.release();
    process.exit();
  });
}

interface EngineError {
  readonly code: string;
  readonly message: string;
  readonly type: string;
}
