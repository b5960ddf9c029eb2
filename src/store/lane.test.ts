import { describe, expect, it } from 'vitest';
import { createLane } from './lane.ts';

/** Work that ends when told to. */
function work<T>() {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { until: () => promise, end: resolve };
}

describe('a lane', () => {
  it('gives each connection to one at a time, in the order of asking', async () => {
    const lane = createLane('test', ['only'], 10);
    const order: string[] = [];
    const first = work<void>();
    const running = lane.with(async () => {
      order.push('first begins');
      await first.until();
      order.push('first ends');
    });
    const others = ['second', 'third'].map((name) =>
      lane.with(async (connection) => {
        order.push(`${name} on ${connection}`);
      }),
    );
    first.end();
    await Promise.all([running, ...others]);
    expect(order).toEqual(['first begins', 'first ends', 'second on only', 'third on only']);
  });

  it('refuses beyond its bound, and takes again once there is room', async () => {
    const lane = createLane('test', ['only'], 1);
    const first = work<void>();
    const running = lane.with(first.until);
    const waiting = lane.with(async () => 'waited');
    await expect(lane.with(async () => 'too many')).rejects.toMatchObject({
      code: 'store.busy',
      retryable: true,
    });
    first.end();
    await running;
    expect(await waiting).toBe('waited');
    expect(await lane.with(async () => 'free')).toBe('free');
  });

  it('lets go of one who no longer wants to wait', async () => {
    const lane = createLane('test', ['only'], 1);
    const first = work<void>();
    const running = lane.with(first.until);
    const leaving = new AbortController();
    const left = lane.with(async () => 'never', leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const next = lane.with(async () => 'in its place');
    first.end();
    await running;
    expect(await next).toBe('in its place');
  });

  it('hands the connection on when the work fails', async () => {
    const lane = createLane('test', ['only'], 1);
    await expect(lane.with(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await lane.with(async () => 'next')).toBe('next');
  });

  it('closes when what runs has ended, and refuses what waits or comes', async () => {
    const lane = createLane('test', ['one', 'two'], 5);
    const works = [work<void>(), work<void>()];
    const running = works.map(({ until }) => lane.with(until));
    const waiting = lane.with(async () => 'never');
    let closed = false;
    const closing = lane.close().then(() => {
      closed = true;
    });
    await expect(waiting).rejects.toMatchObject({ code: 'store.closed' });
    await expect(lane.with(async () => 'late')).rejects.toMatchObject({ code: 'store.closed' });
    works[0]?.end();
    await running[0];
    expect(closed).toBe(false);
    works[1]?.end();
    await Promise.all([...running, closing]);
    expect(closed).toBe(true);
  });
});
