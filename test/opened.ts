/** A whole Tyrian on a temporary data folder, in this process: opened, used, closed; one at a time. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AskEvent } from '../src/contracts/index.ts';
import { readConfig } from '../src/contracts/index.ts';
import { localPrincipal } from '../src/guard/index.ts';
import { createEmit, createLog, createMetrics, createTrace } from '../src/observe/index.ts';
import { trust } from '../src/sql/index.ts';
import { openTyrian, type Tyrian } from '../src/system/index.ts';

export const tenant = 'default';

/** A folder for one test file, and its removal. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `tyrian-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Opened {
  readonly tyrian: Tyrian;
  /** Imports and waits until all is stored. */
  take(...paths: readonly string[]): ReturnType<Tyrian['importPaths']>;
  /** The ledger of all times. */
  ledger(): ReturnType<Tyrian['ledger']['report']>;
  /** The program's own look into its tables. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** All events of one question's run. */
  ask(
    text: string,
    window?: { readonly since?: string; readonly until?: string },
  ): Promise<readonly AskEvent[]>;
  /** Closes in order; rejects when the pipeline had died. */
  close(): Promise<void>;
}

/** Opens a data folder; who opens, closes. */
export async function openFolder(folder: string): Promise<Opened> {
  const fatal: Error[] = [];
  const log = createLog({ level: 'warn', trace: createTrace(randomBytes) });
  const metrics = createMetrics();
  const tyrian = await openTyrian({
    config: readConfig({ environment: {}, overrides: { data_folder: folder, tenant } }),
    command: 'test',
    log,
    metrics,
    emit: createEmit({ log, metrics }),
    clock: Date.now,
    onFatal: (error) => {
      fatal.push(error);
    },
  });
  return openedOf(tyrian, fatal);
}

/** Opens a data folder, runs `work`, and closes it whatever happens. */
export async function withOpened<T>(folder: string, work: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = await openFolder(folder);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

function openedOf(tyrian: Tyrian, fatal: readonly Error[]): Opened {
  const never = new AbortController().signal;
  return {
    tyrian,
    async take(...paths) {
      const result = await tyrian.importPaths({ paths, signal: never });
      await tyrian.settled(never);
      return result;
    },
    ledger: () =>
      tyrian.ledger.report({ tenant, from: new Date(0), to: new Date(Date.now() + 60_000), signal: never }),
    rows: async (sql) =>
      (await tyrian.store.rows(trust(sql))) as readonly Readonly<Record<string, unknown>>[],
    async ask(text, window = {}) {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const events: AskEvent[] = [];
      const run = tyrian.analyst.ask({
        ...{ question: { text, ...window }, principal: localPrincipal(tenant), signal: never, traceparent },
      });
      for await (const event of run) events.push(event);
      return events;
    },
    async close() {
      await tyrian.close();
      if (fatal[0] !== undefined) throw fatal[0];
    },
  };
}
