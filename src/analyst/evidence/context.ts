import { TyrianError } from '../../contracts/index.ts';
import type { Condition, RowsQuery } from '../../sql/index.ts';
import type { StoredCell } from '../../store/index.ts';
import type { PlanContext } from '../plan/port.ts';
import { type Access, readOptions } from './access.ts';

/** A time later than its record's receipt by more than this is a wrong clock, and no anchor. */
const clockTolerance = 5 * 60 * 1_000;
/** Events looked at in one go, and how often, before a store full of wrong clocks is taken to have no newest event. */
const newestRows = 100;
const maxLooks = 5;
const maxNames = 1_000;
const recentDays = 1;
const day = 86_400_000;

/** What a planner may know of the tenant's events: the newest time, and the busiest hosts and users before it. */
export async function readPlanContext(access: Access, now: Date): Promise<PlanContext> {
  const newestEvent = await readNewest(access);
  if (newestEvent === null) return { now, newestEvent };
  const since = new Date(newestEvent.getTime() - recentDays * day).toISOString();
  const [knownHosts, knownUsers] = await Promise.all(
    ['device_hostname', 'user_name'].map((column) => readNames(column, since, access)),
  );
  return { now, newestEvent, knownHosts: knownHosts ?? [], knownUsers: knownUsers ?? [] };
}

/** Ids begin with the event's time, and rows lie in their order: the newest are read without a look at the others. */
async function readNewest(access: Access): Promise<Date | null> {
  let before: string | undefined;
  for (let look = 0; look < maxLooks; look++) {
    const { rows } = await access.store.read(access.scope, newestBefore(before), readOptions(access));
    const times = rows.flatMap(([, time, received]) => trusted(time, received));
    if (times.length > 0) return new Date(Math.max(...times));
    const last = rows.at(-1)?.[0];
    if (rows.length < newestRows || typeof last !== 'string') return null;
    before = last;
  }
  return null;
}

function newestBefore(id: string | undefined): RowsQuery {
  const where: Condition | undefined =
    id === undefined ? undefined : { kind: 'lt', column: 'event_id', value: id };
  return {
    kind: 'rows',
    from: { kind: 'table', name: 'events' },
    columns: ['event_id', 'time', 'received_at'],
    ...(where === undefined ? {} : { where }),
    orderBy: [{ column: 'event_id', direction: 'desc' }],
    limit: newestRows,
  };
}

function trusted(time: StoredCell | undefined, received: StoredCell | undefined): readonly number[] {
  if (typeof time !== 'string' || typeof received !== 'string') return [];
  const instant = Date.parse(time);
  return instant <= Date.parse(received) + clockTolerance ? [instant] : [];
}

/** Names only help to tell a user from a word: a store that is too busy for them is no reason not to plan. */
async function readNames(column: string, since: string, access: Access): Promise<readonly string[]> {
  try {
    return await busiest(column, since, access);
  } catch (error) {
    access.signal.throwIfAborted();
    if (error instanceof TyrianError) return [];
    throw error;
  }
}

async function busiest(column: string, since: string, access: Access): Promise<readonly string[]> {
  const { rows } = await access.store.read(
    access.scope,
    {
      kind: 'groups',
      from: { kind: 'table', name: 'events' },
      keys: [{ kind: 'column', column, as: 'name' }],
      measures: [{ kind: 'count', as: 'events' }],
      where: {
        kind: 'and',
        conditions: [
          { kind: 'gte', column: 'time', value: since },
          { kind: 'not', condition: { kind: 'is-empty', column } },
        ],
      },
      orderBy: [
        { column: 'events', direction: 'desc' },
        { column: 'name', direction: 'asc' },
      ],
      limit: maxNames,
    },
    readOptions(access),
  );
  return rows.flatMap(([name]) => (typeof name === 'string' ? [name] : []));
}
