import { hash } from 'node:crypto';
import type { EmbeddedState } from './embedded.ts';
import { stateErrors } from './errors.ts';
import type { StateMigration } from './port.ts';

const list = `CREATE TABLE IF NOT EXISTS schema_migrations (
  room text NOT NULL,
  version int4 NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL,
  PRIMARY KEY (room, version)
)`;

/**
 * Runs what has not run yet, each step in a transaction with its entry in the list; rooms in the order given, steps of a room by
 * version. Throws `state.newer`, `state.migration_changed`, `state.migration_order`, and what a step throws.
 */
export async function migrate(
  state: EmbeddedState,
  migrations: readonly StateMigration[],
  clock: () => number,
): Promise<void> {
  const rows = await state.transaction(
    async (session) => {
      await session.query(list);
      return await session.query('SELECT room, version, sha256 FROM schema_migrations');
    },
    { unbounded: true },
  );
  const applied = new Map(rows.map((row) => [`${row.room}/${row.version}`, String(row.sha256)]));
  const steps = inOrder(migrations);
  checkAgainst(applied, steps);
  for (const step of steps.filter((each) => !applied.has(nameOf(each)))) await apply(state, step, clock);
}

const nameOf = ({ room, version }: StateMigration) => `${room}/${version}`;
const digestOf = ({ sql }: StateMigration) => hash('sha256', sql, 'hex');

function inOrder(migrations: readonly StateMigration[]): readonly StateMigration[] {
  const rooms = Map.groupBy(migrations, ({ room }) => room);
  const steps = [...rooms.values()].flatMap((room) => room.toSorted((a, b) => a.version - b.version));
  const twice = steps.find((step, index) => index > 0 && nameOf(step) === nameOf(steps[index - 1] ?? step));
  if (twice !== undefined)
    throw stateErrors.make('migration_order', `the migration ${nameOf(twice)} is declared twice`);
  return steps;
}

function checkAgainst(applied: ReadonlyMap<string, string>, steps: readonly StateMigration[]): void {
  const known = new Map(steps.map((step) => [nameOf(step), step]));
  const missed = new Map<string, string>();
  for (const name of applied.keys())
    if (!known.has(name))
      throw stateErrors.make(
        'newer',
        `the state holds the migration ${name} of a newer program; update this one`,
      );
  for (const step of steps) {
    const name = nameOf(step);
    const digest = applied.get(name);
    if (digest === undefined) missed.set(step.room, name);
    else if (digest !== digestOf(step))
      throw stateErrors.make('migration_changed', `the migration ${name} was changed after it had run here`);
    else if (missed.has(step.room))
      throw stateErrors.make(
        'migration_order',
        `${missed.get(step.room)} comes before ${name}, which has run already`,
      );
  }
}

async function apply(state: EmbeddedState, step: StateMigration, clock: () => number): Promise<void> {
  await state.transaction(
    async (session) => {
      await session.script(step.sql);
      await session.query('INSERT INTO schema_migrations VALUES ($1, $2, $3, $4)', [
        step.room,
        step.version,
        digestOf(step),
        new Date(clock()).toISOString(),
      ]);
    },
    { unbounded: true },
  );
}
