import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyRecord, KeyStore } from './key-store.ts';

const record = (digit: string, tenant = 'acme'): KeyRecord => ({
  id: digit.repeat(16),
  name: `shipper ${digit}`,
  tenant,
  scopes: ['telemetry:write'],
  role: null,
  hash: digit.repeat(64),
  created_at: '2026-01-02T03:04:05.000Z',
  created_by: 'local',
  expires_at: null,
  revoked_at: null,
});
const at = '2026-02-03T04:05:06.000Z';
const by = { id: 'local', name: 'ann' };

/** What every key store promises. */
export function keyStoreSuite(name: string, open: () => Promise<KeyStore>): void {
  describe(`key store: ${name}`, () => {
    let store: KeyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('finds what was added, and nothing else', async () => {
      await store.add(record('1'), by);
      expect(await store.find('1'.repeat(16))).toEqual(record('1'));
      expect(await store.find('2'.repeat(16))).toBeUndefined();
      expect(await store.find('__proto__')).toBeUndefined();
    });

    it('lists by tenant, oldest first', async () => {
      await store.add(record('1'), by);
      await store.add(record('2', 'other'), by);
      await store.add(record('3'), by);
      expect(await store.list('acme')).toEqual([record('1'), record('3')]);
      expect(await store.list()).toHaveLength(3);
    });

    it('revokes within the tenant only, once', async () => {
      await store.add(record('1'), by);
      expect(await store.revoke({ id: '1'.repeat(16), tenant: 'other', at, by })).toBeUndefined();
      expect(await store.revoke({ id: '2'.repeat(16), tenant: 'acme', at, by })).toBeUndefined();
      expect((await store.find('1'.repeat(16)))?.revoked_at).toBeNull();
      const revoked = { ...record('1'), revoked_at: at };
      expect(await store.revoke({ id: '1'.repeat(16), tenant: 'acme', at, by })).toEqual(revoked);
      const again = { id: '1'.repeat(16), tenant: 'acme', at: '2027-01-01T00:00:00.000Z', by };
      expect(await store.revoke(again)).toEqual(revoked);
      expect(await store.find('1'.repeat(16))).toEqual(revoked);
    });

    it('loses no change when many come at once', async () => {
      const all = '0123456789abcdef'.split('').map((digit) => record(digit));
      await Promise.all(all.map((one) => store.add(one, by)));
      expect(await store.list('acme')).toEqual(all);
    });
  });
}
