import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openState } from '../state/index.ts';
import { createJobs, type JobContext, type JobKind, type Jobs, jobsMigrations } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-jobs-'));
let state: Awaited<ReturnType<typeof openState>>;
beforeAll(async () => {
  state = await openState({ folder, migrations: jobsMigrations });
});
afterAll(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const by = { id: 'k1', name: 'ann' };
const never = new AbortController().signal;
const Count = z.strictObject({ to: z.int() });
type Count = z.infer<typeof Count>;

let now: number;
let ids: number;
let faults: unknown[];
beforeEach(async () => {
  await state.query('DELETE FROM jobs');
  await state.query('DELETE FROM job_schedules');
  now = Date.parse('2026-11-23T12:00:00Z');
  ids = 0;
  faults = [];
});

const counting = (run: JobKind<Count>['run']): JobKind => ({
  name: 'test.count',
  parameters: Count,
  maxAttempts: 2,
  run: run as JobKind['run'],
});
const jobsWith = (kind: JobKind, owner = 'one'): Jobs =>
  createJobs({
    ...{ state, kinds: [kind], owner, parallel: 1 },
    clock: () => new Date(now),
    newId: () => `j${++ids}`,
    onFault: (fault) => faults.push(fault),
  });
const order = { kind: 'test.count', tenant: 'acme', by, parameters: { to: 3 } };

describe('jobs', () => {
  it('run once, with progress and a result that their tenant alone sees', async () => {
    const seen: number[] = [];
    const jobs = jobsWith(
      counting(async ({ parameters, progress }) => {
        seen.push(parameters.to);
        await progress(2, 3, 'counting');
        return { counted: 3 };
      }),
    );
    const { id } = await jobs.start(order);
    await jobs.drain(never);
    await jobs.drain(never);
    expect(seen).toEqual([3]);
    expect(await jobs.get('acme', id)).toMatchObject({
      ...{ state: 'done', result: { counted: 3 }, by, attempts: 1, error: null },
      progress: { done: 2, total: 3, note: 'counting' },
    });
    await expect(jobs.get('rival', id)).rejects.toMatchObject({ code: 'jobs.unknown_job' });
    expect(await jobs.list('rival')).toEqual([]);
    expect(await jobs.list('acme')).toHaveLength(1);
  });

  it('are refused when their kind or parameters are unknown', async () => {
    const jobs = jobsWith(counting(async () => ({})));
    await expect(jobs.start({ ...order, kind: 'test.other' })).rejects.toMatchObject({
      code: 'jobs.unknown_kind',
    });
    await expect(jobs.start({ ...order, parameters: { to: 'x' } })).rejects.toMatchObject({
      code: 'jobs.invalid_parameters',
    });
  });

  it('ordered twice under one id are one job', async () => {
    const jobs = jobsWith(counting(async () => ({})));
    await jobs.start({ ...order, id: 'same' });
    await jobs.start({ ...order, id: 'same' });
    expect(await jobs.list('acme')).toHaveLength(1);
  });

  it('that fail are tried again from their checkpoint, and fail for good after the last attempt', async () => {
    const from: unknown[] = [];
    const jobs = jobsWith(
      counting(async ({ checkpoint, save }) => {
        from.push(checkpoint);
        await save({ at: from.length });
        throw new Error('secret: hunter2');
      }),
    );
    const { id } = await jobs.start(order);
    await jobs.drain(never);
    expect((await jobs.get('acme', id)).state).toBe('waiting');
    now += 3_600_000;
    await jobs.drain(never);
    expect(from).toEqual([undefined, { at: 1 }]);
    const failed = await jobs.get('acme', id);
    expect(failed).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'jobs.fault' } });
    expect(JSON.stringify(failed)).not.toContain('hunter2');
    expect(faults).toHaveLength(2);
  });

  it('that are stopped with the program go on at the next start, without a lost attempt', async () => {
    const stop = new AbortController();
    const first = jobsWith(
      counting(async ({ save, signal }) => {
        await save({ at: 1 });
        stop.abort();
        signal.throwIfAborted();
        return {};
      }),
    );
    const { id } = await first.start(order);
    await first.drain(stop.signal);
    expect(await first.get('acme', id)).toMatchObject({
      state: 'waiting',
      attempts: 0,
      checkpoint: { at: 1 },
    });
    const second = jobsWith(counting(async ({ checkpoint }) => ({ from: checkpoint?.at ?? null })));
    await second.drain(never);
    expect((await second.get('acme', id)).result).toEqual({ from: 1 });
  });

  it('whose process died are taken over when the lease is over, and the dead one can write no more', async () => {
    const held = Promise.withResolvers<JobContext<Count>>();
    const resume = Promise.withResolvers<void>();
    const first = jobsWith(
      counting(async (context) => {
        held.resolve(context);
        await resume.promise;
        return { by: 'one' };
      }),
    );
    const { id } = await first.start(order);
    const stalled = first.drain(never);
    const context = await held.promise;
    const second = jobsWith(
      counting(async () => ({ by: 'two' })),
      'two',
    );
    await second.drain(never);
    expect((await second.get('acme', id)).state).toBe('running');
    now += 31_000;
    await second.drain(never);
    expect(await second.get('acme', id)).toMatchObject({ state: 'done', result: { by: 'two' } });
    await expect(context.save({ at: 9 })).rejects.toMatchObject({ code: 'jobs.lease_lost' });
    resume.resolve();
    await stalled;
    expect((await second.get('acme', id)).result).toEqual({ by: 'two' });
  });

  it('are cancelled: a waiting one at once, a running one at its next word', async () => {
    const jobs: Jobs = jobsWith(
      counting(async ({ id, progress, signal }) => {
        await jobs.cancel('acme', id);
        await progress(1);
        signal.throwIfAborted();
        return {};
      }),
    );
    const waiting = await jobs.start({ ...order, runAfter: new Date(now + 1_000) });
    expect((await jobs.cancel('acme', waiting.id)).state).toBe('cancelled');
    await expect(jobs.cancel('acme', waiting.id)).rejects.toMatchObject({ code: 'jobs.ended' });
    await expect(jobs.cancel('rival', waiting.id)).rejects.toMatchObject({ code: 'jobs.unknown_job' });
    const running = await jobs.start(order);
    await jobs.drain(never);
    expect((await jobs.get('acme', running.id)).state).toBe('cancelled');
  });

  it('of a schedule are ordered when due, and not while the last one is open', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const jobs = jobsWith(
      counting(async () => {
        runs += 1;
        await gate.promise;
        return {};
      }),
    );
    const schedule = { name: 'hourly', everyMilliseconds: 3_600_000, ...order };
    jobs.begin([schedule]);
    await expect.poll(() => runs).toBe(1);
    now += 3_600_001;
    await expect
      .poll(async () => (await state.query('SELECT next_at FROM job_schedules'))[0]?.next_at, {
        timeout: 10_000,
      })
      .toBe(new Date(now + 3_600_000).toISOString());
    expect(await jobs.list('acme')).toHaveLength(1);
    gate.resolve();
    await expect.poll(async () => (await jobs.list('acme'))[0]?.state).toBe('done');
    await jobs.close();
  });
});
