import { HuntHit, maxHuntPage } from '../contracts/index.ts';
import type { State, StateMigration } from '../state/index.ts';

/** Hits that hunts keep. They are in no journal: a hunt can be run again. */
export const huntMigrations: readonly StateMigration[] = [
  {
    room: 'hunts',
    version: 1,
    sql: `
      CREATE TABLE hunt_hits (
        tenant text NOT NULL,
        hunt text NOT NULL,
        place int4 NOT NULL,
        hit jsonb NOT NULL,
        PRIMARY KEY (tenant, hunt, place)
      );
    `,
  },
];

/** Rows of one statement. */
const rowsAtOnce = 500;

/** Hits of hunts by their place, from 1. */
export interface HuntHits {
  /** Repeats change nothing: a slice that is looked at again has the same hits. */
  save(tenant: string, hunt: string, first: number, hits: readonly HuntHit[]): Promise<void>;
  list(
    tenant: string,
    hunt: string,
    after: number,
  ): Promise<{ readonly hits: readonly HuntHit[]; readonly next: number | null }>;
  /** Of hunts whose jobs are forgotten. */
  forget(): Promise<void>;
}

export function createHuntHits(state: Pick<State, 'query'>): HuntHits {
  return {
    async save(tenant, hunt, first, hits) {
      for (let at = 0; at < hits.length; at += rowsAtOnce) {
        const rows = hits
          .slice(at, at + rowsAtOnce)
          .map((hit, index) => ({ place: first + at + index, hit }));
        await state.query(
          'INSERT INTO hunt_hits (tenant, hunt, place, hit) SELECT $1, $2, place, hit ' +
            'FROM jsonb_to_recordset($3::jsonb) AS kept(place int4, hit jsonb) ' +
            'ON CONFLICT (tenant, hunt, place) DO UPDATE SET hit = EXCLUDED.hit',
          [tenant, hunt, rows],
        );
      }
    },
    async list(tenant, hunt, after) {
      const rows = await state.query(
        'SELECT place, hit FROM hunt_hits WHERE tenant = $1 AND hunt = $2 AND place > $3 ORDER BY place LIMIT $4',
        [tenant, hunt, after, maxHuntPage],
      );
      const last = rows.at(-1);
      const isAll = rows.length < maxHuntPage || last === undefined;
      return { hits: rows.map(({ hit }) => HuntHit.parse(hit)), next: isAll ? null : Number(last.place) };
    },
    async forget() {
      await state.query('DELETE FROM hunt_hits WHERE hunt NOT IN (SELECT id FROM jobs)');
    },
  };
}
