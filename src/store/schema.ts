import type { Table, TrustedSql } from '../sql/index.ts';
import { printCreateTable } from '../sql/index.ts';
import { deadLetters } from './tables/dead-letters.ts';
import { events } from './tables/events.ts';
import { markers } from './tables/markers.ts';
import { stages } from './tables/stages.ts';
import { superseded } from './tables/superseded.ts';

/**
 * One step from an older shape of the tables to a newer one. Expanding adds (a column, a table, an index) and leaves
 * what older programs need; contracting takes away, in a later release than the expansion it belongs to.
 * Every statement may run twice, as a process can die between it and its record.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly phase: 'expand' | 'contract';
  readonly statements: readonly TrustedSql[];
}

export interface Schema {
  readonly tables: readonly Table[];
  /** By rising number. */
  readonly migrations: readonly Migration[];
}

const lasting = [events, deadLetters, markers, superseded];

/** What the telemetry store holds. */
export const telemetrySchema: Schema = {
  tables: [...lasting, ...stages],
  migrations: [
    {
      number: 1,
      name: 'events, dead letters, markers and superseded batches',
      phase: 'expand',
      statements: lasting.map(printCreateTable),
    },
  ],
};
