import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWatermark } from './watermark.ts';

test('a snapshot lies below every open batch, and a stamp above every snapshot handed out', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -50, max: 50 }) }),
    fc.constant({ kind: 'open' as const }),
    fc.record({ kind: fc.constant('close' as const), which: fc.nat(5) }),
    fc.constant({ kind: 'snapshot' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = 1_000;
      const watermark = createWatermark(() => now, 0, 0);
      const open: number[] = [];
      let highestSnapshot = 0;
      let lastStamp = 0;
      for (const item of steps) {
        if (item.kind === 'clock') now += item.by;
        else if (item.kind === 'open') {
          const stamp = watermark.open();
          expect(stamp).toBeGreaterThan(highestSnapshot);
          expect(stamp).toBeGreaterThan(lastStamp);
          lastStamp = stamp;
          open.push(stamp);
        } else if (item.kind === 'close') watermark.close(open.splice(item.which, 1)[0] ?? -1);
        else {
          const snapshot = watermark.snapshot();
          for (const stamp of open) expect(snapshot).toBeLessThan(stamp);
          highestSnapshot = Math.max(highestSnapshot, snapshot);
        }
      }
    }),
  );
});

test('what a crash left behind stays unseen until it is accounted for', () => {
  const watermark = createWatermark(() => 5_000, 900, 700);
  expect(watermark.snapshot()).toBe(700);
  const stamp = watermark.open();
  watermark.close(stamp);
  expect(watermark.snapshot()).toBe(700);
  watermark.recovered();
  expect(watermark.snapshot()).toBeGreaterThanOrEqual(stamp);
});

test('a batch that was given up after an error does not hold snapshots back for ever', () => {
  const watermark = createWatermark(() => 5_000, 0, 0);
  const stamp = watermark.open();
  expect(watermark.snapshot()).toBe(stamp - 1);
  watermark.recovered();
  expect(watermark.snapshot()).toBeGreaterThanOrEqual(stamp);
});
