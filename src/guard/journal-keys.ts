import * as z from 'zod';
import type { Journal } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import { guardErrors } from './errors.ts';
import { type KeyRecord, type KeyStore, maxKeys } from './key-store.ts';
import { issuedData, keyColumns, keyKinds, keyOfRow, revokedData } from './key-tables.ts';

const retryMilliseconds = 500;

export interface KeyStoreOptions {
  /** With `guardProjection` among its projections. */
  readonly journal: Journal;
  readonly state: State;
}

/**
 * Keys in the journal and its tables, all of them in memory: changes are on disk and in the tables first; look-ups wait for
 * neither. A key that was once seen is never forgotten, so that nobody is locked out while tables are made again.
 */
export async function openKeyStore({ journal, state }: KeyStoreOptions): Promise<KeyStore> {
  const memory = new KeyMemory(state);
  await memory.refresh();
  const stopListening = journal.onApplied(({ changes }) => {
    if (changes > 0) memory.refreshSoon();
  });
  return {
    find: async (id) => memory.keys.get(id),
    list: async (tenant) => {
      const all = [...memory.keys.values()];
      return tenant === undefined ? all : all.filter((key) => key.tenant === tenant);
    },
    async add(record, by) {
      await journal.change({ kind: keyKinds.issued, tenant: record.tenant, by }, async (session) => {
        const sql =
          'SELECT count(*)::int4 AS keys, coalesce(bool_or(id = $1), false) AS known FROM guard_keys';
        checkRoom(Room.parse((await session.query(sql, [record.id]))[0]));
        return issuedData(record);
      });
      memory.keys.set(record.id, record);
    },
    async revoke({ id, tenant, at, by }) {
      const known = memory.keys.get(id);
      if (known?.tenant !== tenant) return undefined;
      const recorded = await journal.change({ kind: keyKinds.revoked, tenant, by }, async (session) => {
        const sql = 'SELECT 1 AS valid FROM guard_keys WHERE id = $1 AND tenant = $2 AND revoked_at IS NULL';
        return (await session.query(sql, [id, tenant])).length > 0 ? revokedData(known, at) : undefined;
      });
      if (recorded === undefined) await memory.refresh();
      else memory.keys.set(id, { ...known, revoked_at: at });
      return memory.keys.get(id);
    },
    async close() {
      stopListening();
      await memory.close();
    },
  };
}

const Room = z.object({ keys: z.int(), known: z.boolean() });

function checkRoom({ keys, known }: z.infer<typeof Room>): void {
  if (known) throw guardErrors.make('key_known', 'There is a key with this id already');
  if (keys >= maxKeys)
    throw guardErrors.make('keys_full', `There are ${maxKeys} keys already, which is the bound`);
}

const Changed = z.looseObject({ changed_entry: z.int().nonnegative() });

const isRevoked = (key: KeyRecord | undefined) => key !== undefined && key.revoked_at !== null;

/** All keys, by id, oldest first; kept up with the table. */
class KeyMemory {
  readonly keys = new Map<string, KeyRecord>();
  readonly #state: State;
  /** The newest change that is in here. */
  #seen = -1;
  #running: Promise<void> | undefined;
  /** Whether the table may have changed since the running refresh began. */
  #isStale: boolean = false;
  #retry: NodeJS.Timeout | undefined;
  #closed: boolean = false;

  constructor(state: State) {
    this.#state = state;
  }

  /** Takes up what changed in the table. All of it at once: there are at most `maxKeys`. */
  async refresh(): Promise<void> {
    const rows = await this.#state.query(
      `SELECT ${keyColumns}, changed_entry FROM guard_keys WHERE changed_entry > $1 ORDER BY issued_entry`,
      [this.#seen],
    );
    for (const row of rows) {
      const { changed_entry, ...key } = Changed.parse(row);
      const record = keyOfRow(key);
      // A revocation is final, and may be known here before it is read.
      if (record.revoked_at !== null || !isRevoked(this.keys.get(record.id)))
        this.keys.set(record.id, record);
      this.#seen = Math.max(this.#seen, changed_entry);
    }
  }

  /** Does so without being waited for; tried again when the state takes nothing. */
  refreshSoon(): void {
    this.#isStale = true;
    if (this.#closed || this.#retry !== undefined) return;
    this.#running ??= this.#refreshAll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  async #refreshAll(): Promise<void> {
    try {
      while (this.#isStale && !this.#closed) {
        this.#isStale = false;
        await this.refresh();
      }
    } catch {
      // The state says itself what is wrong with it; the keys that are known stay good meanwhile.
      if (!this.#closed) this.#retryLater();
    }
    this.#running = undefined;
  }

  #retryLater(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.refreshSoon();
    }, retryMilliseconds).unref();
  }
}
