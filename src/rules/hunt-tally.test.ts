import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predictionOf } from './backtest.ts';
import { createTally, noHits, TallyState, topEntities } from './hunt-tally.ts';

const start = Date.UTC(2026, 10, 1);
const hour = 3_600_000;
const hit = fc.record({ step: fc.integer({ min: 0, max: 5 * hour }), host: fc.integer({ min: 0, max: 4 }) });

describe('a tally', () => {
  it('comes to the same wherever it was put down and taken up again', () => {
    fc.assert(
      fc.property(
        fc.array(hit, { maxLength: 60 }),
        fc.array(fc.nat(60), { maxLength: 4 }),
        (steps, stops) => {
          let at = start;
          const hits = steps.map(({ step, host }) => {
            at += step;
            return { at: new Date(at).toISOString(), entity: { kind: 'host', value: `h${host}` } as const };
          });
          const limits = { alertsAnHour: 2 };
          const whole = createTally(noHits, limits);
          for (const one of hits) whole.add(one);
          let cut = createTally(noHits, limits);
          for (const [index, one] of hits.entries()) {
            if (stops.includes(index)) {
              cut.passed(Date.parse(one.at));
              cut = createTally(TallyState.parse(JSON.parse(JSON.stringify(cut.state()))), limits);
            }
            cut.add(one);
          }
          const { open: _, ...expected } = whole.state();
          expect(cut.state()).toMatchObject(expected);
          expect(topEntities(cut.state())).toEqual(topEntities(whole.state()));
        },
      ),
    );
  });

  it('opens one alert a day and entity, and one for all others past the bound of an hour', () => {
    const tally = createTally(noHits, { alertsAnHour: 2 });
    const add = (at: string, ...hosts: readonly string[]) => {
      for (const value of hosts) tally.add({ at: `2026-11-${at}:00Z`, entity: { kind: 'host', value } });
    };
    add('01T10:00', 'a', 'a', 'b', 'c', 'd', 'c');
    // A new hour: of what was taken together each may open an alert of its own.
    add('01T11:00', 'a', 'c');
    add('02T10:00', 'a');
    expect(tally.state()).toMatchObject({
      ...{ hits: 9, alerts: 5, daysTotal: 2 },
      days: [
        { day: '2026-11-01', hits: 8, alerts: 4 },
        { day: '2026-11-02', hits: 1, alerts: 1 },
      ],
    });
  });
});

describe('a prediction', () => {
  it('calls a rule noisy above one hit in 100,000 events, and says when there are too few to tell', () => {
    const of = (events: number, hits: number) => predictionOf({ events, hits, days: 2, alerts: hits });
    expect(of(200_000, 3)).toMatchObject({ hits_per_100000: 1.5, noisy: true, alerts_a_day: 1.5 });
    expect(of(200_000, 2)).toMatchObject({ hits_per_100000: 1, noisy: false });
    expect(of(99_999, 1)).toMatchObject({ noisy: null });
    expect(of(50, 0)).toMatchObject({ noisy: false, verdict: 'Quiet: no hit in the window.' });
    expect(predictionOf({ events: 0, hits: 0, days: 0, alerts: 0 })).toMatchObject({
      noisy: null,
      hits_a_day: 0,
    });
  });
});
