import type { Table, TrustedSql } from '../sql/index.ts';
import { printCreateTable } from '../sql/index.ts';
import { deadLetters } from './tables/dead-letters.ts';
import { events } from './tables/events.ts';
import { intelDocuments, intelPassages } from './tables/intel.ts';
import { erased, ledgerHorizon } from './tables/ledger-marks.ts';
import { markers } from './tables/markers.ts';
import { replayed } from './tables/replayed.ts';
import { ruleHits } from './tables/rule-hits.ts';
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

const first = [events, deadLetters, markers, superseded];
const ofIntel = [intelDocuments, intelPassages];
const ofRetention = [ledgerHorizon, erased];
const ofReplay = [replayed];
const ofCorrelation = [ruleHits];

/** What the telemetry store holds. */
export const telemetrySchema: Schema = {
  tables: [...first, ...ofIntel, ...ofRetention, ...ofReplay, ...ofCorrelation, ...stages],
  migrations: [
    {
      number: 1,
      name: 'events, dead letters, markers and superseded batches',
      phase: 'expand',
      statements: first.map(printCreateTable),
    },
    {
      number: 2,
      name: 'intel documents and their passages',
      phase: 'expand',
      statements: ofIntel.map(printCreateTable),
    },
    {
      number: 3,
      name: 'what the ledger knows of rows that expired or were erased',
      phase: 'expand',
      statements: ofRetention.map(printCreateTable),
    },
    {
      number: 4,
      name: 'dead letters that were received again',
      phase: 'expand',
      statements: ofReplay.map(printCreateTable),
    },
    {
      number: 5,
      name: 'hits of rules that correlations stand on',
      phase: 'expand',
      statements: ofCorrelation.map(printCreateTable),
    },
  ],
};
