import { TyrianError } from '../contracts/index.ts';
import type { State, StateRow } from '../state/index.ts';
import { jobsErrors } from './errors.ts';
import { jobColumns, jobOf } from './job.ts';
import type { JobContext, JobKind, JsonObject } from './kind.ts';

/** A job whose owner did not renew it for so long is anyone's. */
export const leaseMilliseconds = 30_000;
const renewMilliseconds = 5_000;
/** Pauses before the second, third, … attempt. */
const retryMilliseconds = [1_000, 10_000, 60_000, 600_000] as const;

export interface RunnerOptions {
  readonly state: State;
  readonly kinds: ReadonlyMap<string, JobKind>;
  /** Names this process among all that share the state. */
  readonly owner: string;
  readonly clock: () => Date;
  readonly onFault: (fault: unknown, job: string) => void;
}

/**
 * Takes the oldest job that is due, if there is one, and runs it to its end; false when there was none. Each attempt is an owner of its
 * own: a process that stood still longer than its lease must not run a job twice at once.
 */
export async function runNext(options: RunnerOptions, stopping: AbortSignal): Promise<boolean> {
  const row = await take(options);
  if (row === undefined) return false;
  await run(options, row, stopping);
  return true;
}

async function take({ state, kinds, owner, clock }: RunnerOptions): Promise<StateRow | undefined> {
  const now = clock();
  const [row] = await state.query(
    "UPDATE jobs SET state = 'running', lease_owner = $1::text || '/' || (attempts + 1), lease_until = $2, attempts = attempts + 1, " +
      'started_at = coalesce(started_at, $3) WHERE id = (SELECT id FROM jobs ' +
      "WHERE (state = 'waiting' OR (state = 'running' AND lease_until < $3)) AND run_after <= $3 AND kind = ANY($4) " +
      'ORDER BY run_after, created_at LIMIT 1 FOR UPDATE SKIP LOCKED) ' +
      `RETURNING ${jobColumns}, cancel_requested`,
    [owner, new Date(now.getTime() + leaseMilliseconds).toISOString(), now.toISOString(), [...kinds.keys()]],
  );
  return row;
}

async function run(options: RunnerOptions, row: StateRow, stopping: AbortSignal): Promise<void> {
  const { kinds, clock } = options;
  const job = jobOf(row);
  const kind = kinds.get(job.kind);
  if (kind === undefined) return;
  const lease = holdLease({ ...options, owner: `${options.owner}/${job.attempts}` }, job.id, stopping);
  try {
    if (row.cancel_requested === true) throw new Cancelled();
    // Beyond the last attempt only when the process died in it: no attempt had the chance to say why.
    if (job.attempts > kind.maxAttempts) throw new Exhausted();
    const context: JobContext<unknown> = {
      ...{ id: job.id, tenant: job.tenant, by: job.by, signal: lease.signal },
      parameters: kind.parameters.parse(job.parameters),
      checkpoint: job.checkpoint ?? undefined,
      progress: (done, total, note = '') =>
        lease.write('progress_done = $3, progress_total = $4, note = $5', [done, total ?? null, note]),
      save: (checkpoint) => lease.write('checkpoint = $3', [checkpoint]),
    };
    const result = await kind.run(context);
    const forgotten = kind.forgetsParameters === true ? ", parameters = '{}'" : '';
    await lease.write(`state = 'done', ended_at = $3, result = $4${forgotten}`, [
      clock().toISOString(),
      result,
    ]);
  } catch (fault) {
    await end(options, lease, { fault, attempts: job.attempts, kind, id: job.id, stopping });
  } finally {
    lease.release();
  }
}

class Cancelled extends Error {}
class Exhausted extends Error {}

interface Failure {
  readonly fault: unknown;
  readonly attempts: number;
  readonly kind: JobKind;
  readonly id: string;
  readonly stopping: AbortSignal;
}

async function end(options: RunnerOptions, lease: Lease, failure: Failure): Promise<void> {
  const { fault, attempts, kind, id, stopping } = failure;
  const now = options.clock();
  if (lease.lost()) return;
  if (fault instanceof Cancelled || lease.cancelled()) {
    await lease.write("state = 'cancelled', ended_at = $3", [now.toISOString()]);
    return;
  }
  if (stopping.aborted) {
    // The next start goes on from the checkpoint; being stopped is no failed attempt.
    await lease.write("state = 'waiting', attempts = attempts - 1, lease_owner = NULL", []);
    return;
  }
  if (fault instanceof Exhausted) {
    await lease.write("state = 'failed', ended_at = $3, error_code = $4, error_message = $5", [
      now.toISOString(),
      'jobs.lease_lost',
      `The process ended in each of ${kind.maxAttempts} attempts`,
    ]);
    return;
  }
  options.onFault(fault, id);
  const [code, message] = wordsOf(fault);
  // What is refused for good is refused again.
  const isFinal = fault instanceof TyrianError && !fault.retryable;
  if (isFinal || attempts >= kind.maxAttempts) {
    await lease.write("state = 'failed', ended_at = $3, error_code = $4, error_message = $5", [
      now.toISOString(),
      code,
      message,
    ]);
    return;
  }
  const pause = retryMilliseconds[Math.min(attempts, retryMilliseconds.length) - 1] ?? 0;
  await lease.write(
    "state = 'waiting', lease_owner = NULL, run_after = $3, error_code = $4, error_message = $5",
    [new Date(now.getTime() + pause).toISOString(), code, message],
  );
}

const maxMessage = 1_000;

/** What a person may read of a fault: our own errors in full, others by name alone. */
function wordsOf(fault: unknown): readonly [code: string, message: string] {
  if (fault instanceof TyrianError) return [fault.code, fault.message.slice(0, maxMessage)];
  return ['jobs.fault', fault instanceof Error ? fault.name : 'unknown'];
}

interface Lease {
  readonly signal: AbortSignal;
  lost(): boolean;
  cancelled(): boolean;
  /** Changes the job's row while it is ours; `$1` and `$2` are the id and the owner. Throws `jobs.lease_lost`. */
  write(assignments: string, values: readonly (string | number | null | JsonObject)[]): Promise<void>;
  release(): void;
}

/** Renews a job's lease until released; its signal aborts when the job is cancelled, lost, or the program stops. */
function holdLease(
  { state, owner, clock, onFault }: RunnerOptions,
  id: string,
  stopping: AbortSignal,
): Lease {
  const ended = new AbortController();
  let lost = false;
  let cancelled = false;
  const mine = "WHERE id = $1 AND lease_owner = $2 AND state = 'running' RETURNING cancel_requested";
  const write: Lease['write'] = async (assignments, values) => {
    const until = new Date(clock().getTime() + leaseMilliseconds).toISOString();
    const renewed = `lease_until = $${values.length + 3}`;
    const [row] = await state.query(`UPDATE jobs SET ${assignments}, ${renewed} ${mine}`, [
      id,
      owner,
      ...values,
      until,
    ]);
    if (row === undefined) {
      lost = true;
      ended.abort();
      throw jobsErrors.make('lease_lost', `The job '${id}' is another process's now`);
    }
    if (row.cancel_requested === true) {
      cancelled = true;
      ended.abort();
    }
  };
  const timer = setInterval(() => {
    write('lease_owner = lease_owner', []).catch((fault: unknown) => {
      if (!lost) onFault(fault, id);
    });
  }, renewMilliseconds);
  timer.unref();
  return {
    signal: AbortSignal.any([ended.signal, stopping]),
    lost: () => lost,
    cancelled: () => cancelled,
    write,
    release: () => clearInterval(timer),
  };
}
