import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxChannels } from '../contracts/notice-routes.ts';
import { createChannelTest } from './index.ts';
import { ann, Closing, type Engines, emptied, enginesIn, noon, openRig, receiver } from './rig.suite.ts';

const ofFile = new Closing();
const closing = new Closing();
let engines: Engines;
beforeAll(async () => {
  engines = await enginesIn(ofFile);
});
beforeEach(() => emptied(engines));
afterEach(() => closing.all());
afterAll(() => ofFile.all());

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('a channel', () => {
  it('shows who set it and where it goes, and neither secret nor path', async () => {
    const rig = openRig(closing, engines);
    const set = await rig.webhook('https://hooks.example/hidden-path?hidden=1', { secret });
    expect(set).toEqual({
      channel: {
        name: 'hook',
        kind: 'webhook',
        target: 'https://hooks.example/…',
        format: 'json',
        min_severity: 'informational',
        kinds: [],
        enabled: true,
        updated_at: new Date(noon).toISOString(),
        updated_by: 'ann',
      },
    });
    const shown = JSON.stringify([await rig.channels.list('acme'), rig.lines]);
    expect(shown).not.toContain('hidden');
    const kept = JSON.stringify(
      await rig.state.query('SELECT * FROM notify_channels WHERE tenant = $1', ['acme']),
    );
    expect(kept).not.toContain('hidden');
    expect(kept).not.toContain(secret);
    const trail = JSON.stringify(await rig.state.query('SELECT details FROM audit_trail'));
    expect(trail).toContain('https://hooks.example/…');
    expect(trail).not.toContain('sealed');
  });

  it('keeps its secret when only its filters change', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    const first = await rig.webhook(hook.url);
    expect(first.secret).toMatch(/^whsec_/);
    const second = await rig.webhook(hook.url, { min_severity: 'low' });
    expect(second.secret).toBeUndefined();
    expect(second.channel.min_severity).toBe('low');
    expect(await rig.channels.list('acme')).toHaveLength(1);
  });

  it('is found by its own tenant alone', async () => {
    const rig = openRig(closing, engines);
    await rig.webhook('https://hooks.example/');
    const stranger = { ...ann, tenant: 'other' };
    expect(await rig.channels.list('other')).toEqual([]);
    await expect(rig.channels.remove(stranger, 'hook')).rejects.toMatchObject({
      code: 'respond.channel_unknown',
    });
    await expect(rig.channels.get('other', 'hook')).rejects.toMatchObject({
      code: 'respond.channel_unknown',
    });
    expect(await rig.channels.list('acme')).toHaveLength(1);
  });

  it('that is removed is gone, and what waited for it is given up', async () => {
    const rig = openRig(closing, engines);
    await rig.webhook('https://hooks.invalid/');
    await rig.alert('one');
    await rig.pass();
    await rig.channels.remove(ann, 'hook');
    await expect(rig.channels.remove(ann, 'hook')).rejects.toMatchObject({ code: 'respond.channel_unknown' });
    rig.later(60_000);
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'dead', last_code: 'respond.channel_gone' }]);
    const [{ id = '' } = {}] = await rig.list();
    await expect(rig.deliveries.replayOne('acme', id)).rejects.toMatchObject({
      code: 'respond.channel_gone',
    });
  });

  it('stays through a rebuild of the tables from the journal', async () => {
    const rig = openRig(closing, await enginesIn(closing));
    await rig.webhook('https://hooks.example/', { secret });
    await rig.email('a@example.org');
    await rig.webhook('https://hooks.example/', { name: 'chat', format: 'slack' });
    await rig.webhook('https://hooks.example/', { name: 'gone' });
    await rig.channels.remove(ann, 'gone');
    const rows = () => rig.state.query('SELECT * FROM notify_channels ORDER BY name');
    const before = await rows();
    expect(before).toHaveLength(3);
    await rig.journal.rebuild();
    expect(await rows()).toEqual(before);
  });

  it('that was set before there were formats sends JSON', async () => {
    const rig = openRig(closing, await enginesIn(closing));
    await rig.journal.change(
      { kind: 'notify.channel_set', tenant: 'acme', by: { id: ann.id, name: ann.name } },
      async () => ({
        before: null,
        after: {
          ...{ name: 'old', kind: 'webhook', target: 'https://hooks.example/…', addresses: [] },
          ...{ min_severity: 'low', kinds: [], enabled: true },
        },
        sealed: 'x',
      }),
    );
    await rig.journal.settled();
    expect(await rig.channels.list('acme')).toMatchObject([{ name: 'old', format: 'json' }]);
  });

  it('is refused when there are too many', async () => {
    const rig = openRig(closing, engines);
    for (let number = 0; number < maxChannels; number += 1)
      await rig.webhook('https://hooks.example/', { name: `hook-${number}` });
    await expect(rig.webhook('https://hooks.example/', { name: 'more' })).rejects.toMatchObject({
      code: 'respond.channels_full',
    });
    await rig.webhook('https://hooks.example/', { name: 'hook-7' });
  });

  it('can be tested at once, past its filters', async () => {
    const rig = openRig(closing, engines);
    let status = 204;
    const hook = await receiver(closing, (_request, response) => response.writeHead(status).end());
    await rig.webhook(hook.url, { min_severity: 'critical', enabled: false });
    const test = createChannelTest(rig);
    const { signal } = new AbortController();
    expect(await test({ tenant: 'acme', name: 'hook' }, signal)).toEqual({
      ok: true,
      status: 204,
      code: null,
    });
    expect(hook.received[0]?.body).toContain('notify.test');
    status = 404;
    expect(await test({ tenant: 'acme', name: 'hook' }, signal)).toMatchObject({ ok: false, status: 404 });
    await expect(test({ tenant: 'other', name: 'hook' }, signal)).rejects.toMatchObject({
      code: 'respond.channel_unknown',
    });
  });

  it('whose sealed part can not be opened fails with a code, and is mended by setting it again', async () => {
    const rig = openRig(closing, engines);
    const hook = await receiver(closing, (_request, response) => response.end());
    await rig.webhook(hook.url);
    await rig.state.query(`UPDATE notify_channels SET sealed = 'junk' WHERE tenant = 'acme'`);
    await rig.alert('one');
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'failed', last_code: 'guard.secret_damaged' }]);
    expect((await rig.webhook(hook.url)).secret).toMatch(/^whsec_/);
    rig.later(60_000);
    await rig.pass();
    expect(await rig.list()).toMatchObject([{ state: 'sent' }]);
  });
});
