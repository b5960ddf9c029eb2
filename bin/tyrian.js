#!/usr/bin/env node
// Starts the program: from `src` in a clone (Node runs TypeScript as it is), from `dist` in an installed package.
import { existsSync } from 'node:fs';

const needed = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < needed) {
  console.error(
    `Tyrian needs Node ${needed} or newer; this is ${process.versions.node}. In a clone, "npm ci" brings a suitable ` +
      'Node along on Linux: start it by "npx tyrian" or "npm run demo".',
  );
  process.exit(1);
}
// The engine's queries run on libuv's pool; its default of 4 would let three slow questions stall ingest.
process.env.UV_THREADPOOL_SIZE ??= '16';

const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : built.href);
process.exitCode = await main(process.argv.slice(2));
