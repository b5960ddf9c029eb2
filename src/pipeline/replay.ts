import * as z from 'zod';
import { keptOfTooLarge, type RecordGroup } from '../contracts/index.ts';
import type { JobKind } from '../jobs/index.ts';
import type { Appended, LogReader } from '../log/index.ts';
import { quoteString, timeSql } from '../sql/index.ts';
import type { Store } from '../store/index.ts';
import { Letter, recordsOfLetters } from './replay-records.ts';

/** Dead letters that are received again at once. */
const lettersAtOnce = 200;

/** Which dead letters: of a source, with a reason (code and, if given, field path); all of the tenant by default. */
export const ReplayFilter = z.strictObject({
  source: z.exactOptional(z.string().min(1).max(100)),
  code: z.exactOptional(z.string().min(1).max(100)),
  path: z.exactOptional(z.string().max(1_000)),
});
export type ReplayFilter = z.infer<typeof ReplayFilter>;

export interface ReplayOptions {
  /** Statements of the program's own. */
  readonly store: {
    rows(sql: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
    insert: Store['insert'];
  };
  readonly log: Pick<LogReader, 'read'>;
  readonly append: (group: RecordGroup) => Promise<Appended>;
  /** Waits until all that was appended before is stored. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

const Progress = z.object({
  /** Only letters of before this are replayed: one that dies again is not taken up a second time. */
  up_to: z.int(),
  replayed: z.int(),
  /** Kept only in part, and no longer in the log. */
  cut: z.int(),
  dead_again: z.int(),
  after: z.tuple([z.int(), z.int(), z.string(), z.int()]),
});
type Progress = z.infer<typeof Progress>;

/**
 * The job that receives dead letters again: the record as it came, with its stream, time of receipt and identity, so that an event that it
 * becomes has one id however often it is replayed. First the records are on disk in the log, then their
 * letters are booked as replayed; a job that died in between appends them a second time, which ends as a duplicate.
 */
export function replayKind(options: ReplayOptions): JobKind<ReplayFilter> {
  /** Of tenants: two jobs at once would both find the same letters. */
  const running = new Map<string, Promise<unknown>>();
  return {
    name: 'pipeline.replay',
    parameters: ReplayFilter,
    maxAttempts: 5,
    async run(context) {
      const before = running.get(context.tenant) ?? Promise.resolve();
      const mine = before.catch(() => {}).then(() => replay(options, context));
      running.set(context.tenant, mine);
      const { after: _, up_to: __, ...result } = await mine;
      return result;
    },
  };
}

async function replay(
  options: ReplayOptions,
  context: Parameters<JobKind<ReplayFilter>['run']>[0],
): Promise<Progress> {
  const { store, clock } = options;
  const { tenant, parameters: filter, signal } = context;
  let at: Progress =
    context.checkpoint === undefined
      ? { up_to: clock(), replayed: 0, cut: 0, dead_again: 0, after: [0, 0, '0', 0] }
      : Progress.parse(context.checkpoint);
  const [row] = await store.rows(countSql(tenant, filter, at), signal);
  const total = Number(row?.n ?? 0) + at.replayed + at.cut;
  for (;;) {
    signal.throwIfAborted();
    const letters = (await store.rows(pageSql(tenant, filter, at), signal)).map((one) => Letter.parse(one));
    const last = letters.at(-1);
    if (last === undefined) return at;
    const done = await replayPage(options, context, letters);
    at = {
      up_to: at.up_to,
      replayed: at.replayed + done.replayed,
      cut: at.cut + letters.length - done.replayed,
      dead_again: at.dead_again + done.deadAgain,
      after: [Number(last.received), Number(last.partition), last.offset, Number(last.sub)],
    };
    await context.save(at);
    await context.progress(at.replayed + at.cut, total);
  }
}

async function replayPage(
  options: ReplayOptions,
  { id, tenant, signal }: Pick<Parameters<JobKind['run']>[0], 'id' | 'tenant' | 'signal'>,
  letters: readonly Letter[],
) {
  const { store, append, settled, clock } = options;
  const groups = await recordsOfLetters(options.log, tenant, letters, signal);
  const places = await Promise.all(
    groups.map(async ({ group }) => ({ ...(await append(group)), count: group.count })),
  );
  const superseded_at = clock();
  const found = groups.flatMap((one) => one.letters);
  const rows = found.map(({ source, partition, offset, sub, received }) => ({
    ...{ tenant, source, job: id, superseded_at, received_at: Number(received) },
    ...{ partition: Number(partition), offset: BigInt(offset), sub: Number(sub) },
  }));
  await store.insert('replayed', rows, { signal });
  await settled(signal);
  const deadAgain = places.length === 0 ? 0 : Number((await store.rows(deadSql(places), signal))[0]?.n);
  return { replayed: found.length, deadAgain };
}

function whereSql(tenant: string, { source, code, path }: ReplayFilter, { up_to, after }: Progress): string {
  const is = (column: string, value: string | undefined) =>
    value === undefined ? [] : [`${column} = ${quoteString(value)}`];
  const [received, partition, offset, sub] = after;
  return [
    `tenant = ${quoteString(tenant)} AND ingested_at <= ${timeSql(up_to)}`,
    ...[...is('source', source), ...is('code', code), ...is('path', path)],
    `(received_at, partition, offset, sub) > (${timeSql(received)}, ${partition}, ${offset}, ${sub})`,
    `(partition, offset, sub) NOT IN (SELECT partition, offset, sub FROM replayed WHERE tenant = ${quoteString(tenant)})`,
  ].join(' AND ');
}

const countSql = (tenant: string, filter: ReplayFilter, progress: Progress) =>
  `SELECT count() AS n FROM dead_letters WHERE ${whereSql(tenant, filter, progress)}`;

const pageSql = (tenant: string, filter: ReplayFilter, progress: Progress) =>
  'SELECT source, stream, partition, offset, sub, toUnixTimestamp64Milli(received_at) AS received, ' +
  `hex(substring(raw, 1, ${keptOfTooLarge})) AS raw, raw_sha256 FROM dead_letters ` +
  `WHERE ${whereSql(tenant, filter, progress)} ORDER BY received_at, partition, offset, sub LIMIT ${lettersAtOnce}`;

interface ReplayedPlace extends Appended {
  readonly count: number;
}

/** How many of the groups' records are dead letters again. */
const deadSql = (places: readonly ReplayedPlace[]) =>
  `SELECT count() AS n FROM dead_letters WHERE ${places
    .map(
      ({ partition, offset, firstSub, count }) =>
        `(partition = ${partition} AND offset = ${offset} AND sub >= ${firstSub} AND sub < ${firstSub + count})`,
    )
    .join(' OR ')}`;
