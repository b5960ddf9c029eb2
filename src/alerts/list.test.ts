import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AlertFilter, type AlertRow, type AlertSort, AlertStatus } from '../contracts/alert.ts';
import { RuleLevel } from '../contracts/index.ts';
import { listAlerts } from './list.ts';
import { ann, type Hit, host, noon, openRig } from './rig.suite.ts';
import { alertRow } from './view.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let desk: Awaited<ReturnType<typeof rig.fresh>>;
const titles = ['Brute force', 'brute Ratel', 'Whoami', 'ÄRGER'] as const;

beforeAll(async () => {
  rig = await openRig({ remembered: 100, alertsAnHour: 100_000 });
  desk = await rig.fresh();
  const hits = Array.from({ length: 400 }, (_, event): Hit => {
    const rule = event % 23;
    return {
      event,
      at: (event * 7) % 60,
      rule: `r${rule}`,
      title: titles[rule % titles.length] ?? '',
      level: RuleLevel.options[rule % 5] ?? 'low',
      entity: host(`h${event % 19}`),
      tenant: event % 10 === 0 ? 'other' : 'acme',
    };
  });
  await desk.detect(...hits);
  for (const [index, { id }] of (await desk.all()).entries()) {
    const by = { tenant: 'acme', by: ann, id };
    if (index % 3 === 0)
      await desk.alerts.change({
        ...by,
        change: { kind: 'assigned', assignee: index % 2 === 0 ? 'ann' : 'ben' },
      });
    const status = AlertStatus.options[index % 5];
    if (status === 'closed')
      await desk.alerts.change({ ...by, change: { kind: 'status', status, verdict: 'benign' } });
    else if (status !== undefined) await desk.alerts.change({ ...by, change: { kind: 'status', status } });
  }
}, 60_000);
afterAll(async () => {
  await desk.close();
  await rig.close();
});

const time = fc.integer({ min: 0, max: 60 }).map((minute) => new Date(noon + minute * 60_000).toISOString());
const filters = fc.record(
  {
    status: fc.uniqueArray(fc.constantFrom(...AlertStatus.options), { minLength: 1 }),
    severity: fc.uniqueArray(fc.constantFrom(...RuleLevel.options), { minLength: 1 }),
    rule: fc.constantFrom('r1', 'r7', 'r22', 'none'),
    entity: fc.constantFrom(host('h3'), host('h18'), { kind: 'user', value: 'h3' } as const),
    assignee: fc.constantFrom('ann', 'ben', 'eve', null),
    from: time,
    to: time,
    title: fc.constantFrom('', 'b', 'BRUTE', 'brute f', 'är', 'x%', '_'),
  },
  { requiredKeys: [] },
);

function passes(alert: AlertRow, filter: AlertFilter): boolean {
  const { status, severity, rule, entity, assignee, from, to, title } = filter;
  return (
    (status === undefined || status.includes(alert.status)) &&
    (severity === undefined || severity.includes(alert.severity)) &&
    (rule === undefined || alert.rule === rule) &&
    (entity === undefined || (alert.entity.kind === entity.kind && alert.entity.value === entity.value)) &&
    (assignee === undefined || alert.assignee === assignee) &&
    (from === undefined || alert.last_seen >= from) &&
    (to === undefined || alert.last_seen < to) &&
    (title === undefined || alert.title.toLowerCase().startsWith(title.toLowerCase()))
  );
}

const keyOf = (alert: AlertRow, sort: AlertSort) =>
  `${sort === 'score' ? String(alert.score).padStart(3, '0') : ''} ${alert.last_seen} ${alert.id}`;

async function pages(
  filter: AlertFilter,
  sort: AlertSort,
  limit: number,
  gatherAtMost?: number,
): Promise<readonly AlertRow[]> {
  const found: AlertRow[] = [];
  let cursor: string | undefined;
  do {
    const which = { tenant: 'acme', filter, sort, limit, cursor };
    const page = await listAlerts(rig.state, gatherAtMost === undefined ? which : { ...which, gatherAtMost });
    found.push(...page.alerts.map(alertRow));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}

describe('a list', () => {
  test('gives what passes the filter, in order, each once, page by page', async () => {
    const all = await pages({}, 'score', 200);
    expect(all.length).toBeGreaterThan(300);
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom<AlertSort>('score', 'last_seen'),
        fc.integer({ min: 7, max: 100 }),
        fc.constantFrom(0, 40, 5_000),
        async (drawn, sort, limit, gatherAtMost) => {
          const filter = AlertFilter.parse(drawn);
          const wanted = all
            .filter((alert) => passes(alert, filter))
            .sort((one, other) => (keyOf(one, sort) > keyOf(other, sort) ? -1 : 1));
          expect(await pages(filter, sort, limit, gatherAtMost)).toEqual(wanted);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('refuses a cursor that it did not give', async () => {
    const { next } = await desk.alerts.list({ tenant: 'acme', filter: {}, sort: 'score', limit: 1 });
    for (const cursor of [next ?? '', 'x', Buffer.from('["last_seen",1]').toString('base64url')])
      await expect(
        desk.alerts.list({ tenant: 'acme', filter: {}, sort: 'last_seen', limit: 1, cursor }),
      ).rejects.toMatchObject({ code: 'alerts.cursor', status: 400 });
  });

  test('holds no alert of another tenant', async () => {
    const own = new Set((await pages({}, 'score', 200)).map(({ id }) => id));
    const { alerts } = await desk.alerts.list({ tenant: 'other', filter: {}, sort: 'score', limit: 200 });
    expect(alerts.length).toBeGreaterThan(10);
    expect(alerts.filter(({ id }) => own.has(id))).toEqual([]);
  });
});

describe('facets', () => {
  test('are what a count would give', async () => {
    const all = await pages({}, 'score', 200);
    const { severity, assignees, rules, truncated } = await desk.alerts.facets('acme');
    const counted = (which: (alert: AlertRow) => boolean) => {
      const some = all.filter(which);
      const of = (status: AlertStatus) => some.filter((alert) => alert.status === status).length;
      return { new: of('new'), in_progress: of('in_progress'), closed: of('closed') };
    };
    for (const row of severity)
      expect(row).toMatchObject(counted((alert) => alert.severity === row.severity));
    for (const row of assignees)
      expect(row).toMatchObject(counted((alert) => alert.assignee === row.assignee));
    for (const row of rules) expect(row).toMatchObject(counted((alert) => alert.rule === row.rule));
    expect([severity.length, assignees.length, rules.length, truncated]).toEqual([5, 3, 23, false]);
  });
});
