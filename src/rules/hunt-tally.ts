import * as z from 'zod';
import { Entity, maxHuntDays, maxHuntEntities } from '../contracts/index.ts';

/** Entities that are told apart. */
const maxEntities = 5_000;

const count = z.int().nonnegative();

/** What a hunt has counted so far, as its job keeps it. Days are those of UTC. */
export const TallyState = z.object({
  hits: count,
  /** Days with hits in rising order, the first `maxHuntDays`. */
  days: z.array(z.object({ day: z.iso.date(), hits: count, alerts: count })),
  daysTotal: count,
  alerts: count,
  entities: z.array(z.tuple([Entity.unwrap().shape.kind, z.string(), count])),
  entitiesComplete: z.boolean(),
  /** Alerts of days that may still get hits. */
  open: z.array(
    z.object({
      day: z.iso.date(),
      entities: z.array(z.string()),
      summary: z.boolean(),
      hours: z.array(z.tuple([count, count])),
    }),
  ),
});
export type TallyState = z.infer<typeof TallyState>;

export interface TalliedHit {
  /** ISO 8601 in UTC: when it happened, or was received where that is not known. */
  readonly at: string;
  readonly entity: Entity;
}

/** Counts hits by day and entity, and the alerts that they would have made. */
export interface Tally {
  add(hit: TalliedHit): void;
  /** No hit of a day before this moment (milliseconds) will come any more. */
  passed(moment: number): void;
  hits(): number;
  state(): TallyState;
}

export const noHits: TallyState = {
  ...{ hits: 0, days: [], daysTotal: 0, alerts: 0, entities: [], entitiesComplete: true, open: [] },
};

interface OpenDay {
  readonly entities: Set<string>;
  readonly hours: Map<number, number>;
  summary: boolean;
}

/**
 * A tally that goes on from a state. Alerts are counted as the queue would have made them if people closed all at the end of each day: a rule
 * has one alert an entity, and past `alertsAnHour` new ones one alert for all further entities.
 */
export function createTally(from: TallyState, { alertsAnHour }: { readonly alertsAnHour: number }): Tally {
  let { hits, daysTotal, alerts, entitiesComplete } = from;
  const days = new Map(from.days.map((one) => [one.day, { ...one }]));
  const entities = new Map(
    from.entities.map(([kind, value, n]) => [nameOf({ kind, value }), { kind, value, n }]),
  );
  const open = new Map<string, OpenDay>(
    from.open.map(({ day, summary, ...rest }) => [
      day,
      { entities: new Set(rest.entities), hours: new Map(rest.hours), summary },
    ]),
  );
  /** Whether the hit opens an alert. */
  const opens = (day: string, hour: number, name: string): boolean => {
    const standing = open.get(day) ?? {
      entities: new Set<string>(),
      hours: new Map<number, number>(),
      summary: false,
    };
    open.set(day, standing);
    if (standing.entities.has(name)) return false;
    const openedInHour = standing.hours.get(hour) ?? 0;
    if (openedInHour >= alertsAnHour) {
      const isFirst = !standing.summary;
      standing.summary = true;
      return isFirst;
    }
    standing.entities.add(name);
    standing.hours.set(hour, openedInHour + 1);
    return true;
  };
  return {
    add({ at, entity }) {
      const day = at.slice(0, 10);
      const name = nameOf(entity);
      const isNewDay = !open.has(day);
      const alert = opens(day, Number(at.slice(11, 13)), name) ? 1 : 0;
      hits += 1;
      alerts += alert;
      if (isNewDay) daysTotal += 1;
      const counted = days.get(day) ?? (days.size < maxHuntDays ? { day, hits: 0, alerts: 0 } : undefined);
      if (counted !== undefined)
        days.set(day, { day, hits: counted.hits + 1, alerts: counted.alerts + alert });
      const known = entities.get(name);
      if (known !== undefined) known.n += 1;
      else if (entities.size < maxEntities) entities.set(name, { ...entity, n: 1 });
      else entitiesComplete = false;
    },
    passed(moment) {
      const today = new Date(moment).toISOString().slice(0, 10);
      for (const day of open.keys()) if (day < today) open.delete(day);
    },
    hits: () => hits,
    state: () => ({
      ...{ hits, daysTotal, alerts, entitiesComplete },
      days: [...days.values()].sort((left, right) => (left.day < right.day ? -1 : 1)),
      entities: [...entities.values()].map(({ kind, value, n }) => [kind, value, n]),
      open: [...open].map(([day, { summary, ...rest }]) => ({
        ...{ day, summary },
        entities: [...rest.entities],
        hours: [...rest.hours],
      })),
    }),
  };
}

/** The entities with the most hits. */
export function topEntities({
  entities,
}: TallyState): readonly { readonly entity: Entity; readonly hits: number }[] {
  return entities
    .map(([kind, value, hits]) => ({ entity: { kind, value }, hits }))
    .sort((left, right) => right.hits - left.hits || (left.entity.value < right.entity.value ? -1 : 1))
    .slice(0, maxHuntEntities);
}

const nameOf = ({ kind, value }: Pick<Entity, 'kind' | 'value'>) => `${kind} ${value}`;
