import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalMigrations, openJournal } from '../journal/index.ts';
import { openTopics } from '../log/index.ts';
import { openState, type State } from '../state/index.ts';
import { guardProjection, openKeyStore } from './index.ts';

/** A state for one test file; `open` gives topics, journal and keys of their own over its emptied tables. */
export async function openRig() {
  const root = mkdtempSync(join(tmpdir(), 'tyrian-guard-'));
  const migrations = [...journalMigrations, ...guardProjection.migrations];
  const state = await openState({ folder: join(root, 'state'), migrations });
  const newFolder = () => mkdtempSync(join(root, 'data-'));
  return {
    state,
    newFolder,
    async open(over: State = state, folder = newFolder()) {
      const topics = await openTopics({ folder: join(folder, 'topics') });
      const journal = await openJournal({
        topics,
        state: over,
        projections: [guardProjection],
        clock: () => new Date(),
        onFault: () => undefined,
      });
      const store = await openKeyStore({ journal, state: over });
      const close = async () => {
        await store.close();
        await journal.close();
        await topics.close();
      };
      return { folder, topics, journal, store, close };
    },
    /** As if the state had just been made. */
    async forget() {
      for (const table of ['journal_positions', 'guard_keys', 'guard_tenants', 'audit_trail'])
        await state.query(`DELETE FROM ${table}`);
    },
    async close() {
      await state.close();
      rmSync(root, { recursive: true });
    },
  };
}
