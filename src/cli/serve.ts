import { Command } from 'commander';
import { startServer } from '../system/index.ts';
import { configOf, withTyrian } from './session.ts';

/** `tyrian serve`: the HTTP API, until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('serve the HTTP API; the first start prints the first key')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'TCP port; 0 takes a free one')
    .action(async (options: { readonly host?: string; readonly port?: string }, command: Command) => {
      const config = configOf(command, { http: { host: options.host, port: options.port } });
      await withTyrian(command, config, async (tyrian, { log, metrics, emit, signal }) => {
        const server = await startServer(tyrian, { config, log, metrics, emit, listen: true });
        console.log(`Tyrian listens on ${server.url}`);
        if (server.firstKey !== undefined) console.log(`First key (shown this once): ${server.firstKey}`);
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (signal.aborted) resolve();
        });
        await server.close();
        const cause: unknown = signal.reason;
        if (cause instanceof Error && cause.name !== 'AbortError') throw cause;
      });
    });
}
