import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import { type Audit, openAudit } from './index.ts';
import { ann, openRig } from './rig.suite.ts';

let rig: Awaited<ReturnType<typeof openRig>>;
let topics: Topics;
let audit: Audit;
let now = Date.parse('2026-11-23T12:00:00Z');
const open = () =>
  openAudit({
    topics,
    state: rig.state,
    clock: () => new Date(now++),
    onFault: (fault) => rig.faults.push(fault),
  });
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.forget();
  topics = await rig.openTopics();
  audit = await open();
});
afterEach(async () => {
  await audit.close();
  await topics.close();
});

const line = (entry: Partial<AuditEntry> = {}): Omit<AuditEntry, 'at'> => ({
  tenant: 'acme',
  by: ann,
  action: 'guard.refused',
  outcome: 'refused',
  details: { route: 'keys' },
  trace_id: 't1',
  ...entry,
});
const actions = async (query: Partial<Parameters<Audit['list']>[1]> = {}, tenant = 'acme') =>
  (await audit.list(tenant, { limit: 100, ...query })).lines.map(({ action }) => action);

describe('the audit trail', () => {
  it('has each line on disk when it is recorded, and shows it at once', async () => {
    const before = topics.syncs();
    await audit.record(line());
    expect(topics.syncs()).toBe(before + 1);
    expect(await topics.ends('audit')).toEqual({ first: 0, next: 1 });
    expect((await audit.list('acme', { limit: 10 })).lines).toEqual([
      { ...line(), at: new Date(now - 1).toISOString(), key: `${now - 1}-a-0` },
    ]);
  });

  it('is read newest first, page by page, also where several lines have one time', async () => {
    for (let index = 0; index < 25; index++) {
      await audit.record(line({ action: `a.n${'abcdefghijklmnopqrstuvwxy'[index]}` }));
      if (index % 3) now--;
    }
    const whole = await actions();
    expect(whole).toHaveLength(25);
    const paged: string[] = [];
    for (let before: string | undefined; ; ) {
      const { lines, more } = await audit.list('acme', { limit: 4, before });
      paged.push(...lines.map(({ action }) => action));
      if (!more) break;
      before = lines.at(-1)?.key;
    }
    expect(paged).toEqual(whole);
    expect(whole.at(-1)).toBe('a.na');
  });

  it('is chosen by action and by who, and shows a tenant its own lines only', async () => {
    await audit.record(line({ action: 'backup.made' }));
    await audit.record(line({ by: { id: 'k2', name: 'bob' } }));
    await audit.record(line({ tenant: 'rival', action: 'rival.only' }));
    expect(await actions({ action: 'backup.made' })).toEqual(['backup.made']);
    expect(await actions({ by: 'k2' })).toEqual(['guard.refused']);
    expect(await actions({}, 'rival')).toEqual(['rival.only']);
    await expect(audit.list('acme', { limit: 1, before: 'x' })).rejects.toMatchObject({
      code: 'journal.bad_key',
    });
  });

  it('shows changes with who made them, and of their data only what is named for it', async () => {
    const journal = await rig.openJournal(topics);
    await journal.change({ kind: 'toy.times', tenant: 'acme', by: ann }, async () => ({
      factor: 2,
      hash: 'secret',
    }));
    await audit.record(line());
    const { lines } = await audit.list('acme', { limit: 10, action: 'toy.times' });
    expect(lines).toMatchObject([{ action: 'toy.times', outcome: 'done', by: ann, details: { factor: 2 } }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(new Set(await actions())).toEqual(new Set(['toy.times', 'guard.refused']));
    await journal.rebuild();
    expect(new Set(await actions())).toEqual(new Set(['toy.times', 'guard.refused']));
    await journal.close();
  });

  it('finds what was recorded but not in its table at the next start, and can be made again', async () => {
    await audit.record(line({ action: 'a.one' }));
    await audit.close();
    await topics.append('audit', [Buffer.from('damaged')]);
    const entry = { ...line({ action: 'a.two' }), at: new Date(now).toISOString() };
    await topics.append('audit', [Buffer.from(JSON.stringify(entry))]);
    audit = await open();
    expect(await actions()).toEqual(['a.two', 'a.one']);
    expect(rig.faults).toMatchObject([{ kind: 'skipped', topic: 'audit', offset: 1 }]);
    await rig.state.query("DELETE FROM audit_trail WHERE action = 'a.one'");
    await audit.rebuild();
    expect(await actions()).toEqual(['a.two', 'a.one']);
  });

  it('refuses a line that is too large, and any after it was closed', async () => {
    await expect(audit.record(line({ details: { note: 'x'.repeat(70_000) } }))).rejects.toMatchObject({
      code: 'journal.too_large',
    });
    await audit.close();
    await expect(audit.record(line())).rejects.toMatchObject({ code: 'journal.closed' });
  });
});
