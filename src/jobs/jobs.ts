import type { State } from '../state/index.ts';
import { createDesk, type JobDesk } from './desk.ts';
import type { JobKind, Schedule } from './kind.ts';
import { runNext } from './runner.ts';

const lookMilliseconds = 1_000;
/** Ended jobs are forgotten after this many days. */
const keptDays = 30;

export interface Jobs extends JobDesk {
  /** Runs what is due and what the schedules say, until closed. */
  begin(schedules: readonly Schedule[]): void;
  /** Resolves when nothing is due any more; runs it in this call. For commands and tests. */
  drain(signal: AbortSignal): Promise<void>;
  /** Tells running jobs to stop and waits for them; they go on at the next start. */
  close(): Promise<void>;
}

export interface JobsOptions {
  readonly state: State;
  readonly kinds: readonly JobKind[];
  readonly owner: string;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** How many jobs of this process run at once. */
  readonly parallel: number;
  readonly onFault: (fault: unknown, job: string) => void;
}

/** Scheduled and long work over the state's tables: leased, so that several processes may share it. */
export function createJobs(options: JobsOptions): Jobs {
  const { state, clock } = options;
  const kinds = new Map(options.kinds.map((kind) => [kind.name, kind]));
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let schedules: readonly Schedule[] = [];
  let begun = false;
  const runner = { ...options, kinds };

  const fill = () => {
    while (begun && !stopping.signal.aborted && running.size < options.parallel) {
      const worker = runUntilIdle(runner, stopping.signal)
        .catch((fault: unknown) => options.onFault(fault, ''))
        .finally(() => running.delete(worker));
      running.add(worker);
    }
  };
  const look = async () => {
    await orderDue(schedules);
    fill();
  };
  const desk = createDesk({ ...options, kinds, wake: fill });

  /** Whoever moves a schedule's time on has the right to order its job. */
  const orderDue = async (all: readonly Schedule[]) => {
    for (const { name, kind, tenant, parameters, everyMilliseconds } of all) {
      const now = clock();
      const next = new Date(now.getTime() + everyMilliseconds).toISOString();
      const [due] = await state.query(
        'INSERT INTO job_schedules (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET next_at = $2 ' +
          'WHERE job_schedules.next_at <= $3 OR job_schedules.next_at > $2 RETURNING name',
        [name, next, now.toISOString()],
      );
      if (due === undefined) continue;
      const [open] = await state.query(
        "SELECT 1 AS one FROM jobs WHERE tenant = $1 AND kind = $2 AND by_id = $3 AND state IN ('waiting', 'running') LIMIT 1",
        [tenant, kind, `schedule:${name}`],
      );
      if (open !== undefined) continue;
      await desk.start({ kind, tenant, parameters, by: { id: `schedule:${name}`, name: 'Tyrian' } });
      await forgetOld();
    }
  };
  const forgetOld = async () => {
    const before = new Date(clock().getTime() - keptDays * 86_400_000).toISOString();
    await state.query("DELETE FROM jobs WHERE ended_at < $1 AND state IN ('done', 'failed', 'cancelled')", [
      before,
    ]);
  };
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  return {
    ...desk,
    begin(all) {
      schedules = all;
      begun = true;
      const tick = () => {
        looking = look().catch((fault: unknown) => options.onFault(fault, ''));
      };
      timer = setInterval(tick, lookMilliseconds);
      timer.unref();
      tick();
    },
    async drain(signal) {
      await runUntilIdle(runner, signal);
    },
    async close() {
      clearInterval(timer);
      stopping.abort();
      await looking;
      await Promise.all(running);
    },
  };
}

async function runUntilIdle(runner: Parameters<typeof runNext>[0], signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await runNext(runner, signal))) {
    // Each turn runs one job to its end.
  }
}
