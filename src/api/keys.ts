import type { KeyView, Routes } from '../contracts/index.ts';
import type { KeyRecord } from '../guard/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { ApiDependencies } from './dependencies.ts';

/** Keys of the caller's tenant. Each change is a line in the log, without the key. */
export function keyHandlers({
  keys,
}: Pick<ApiDependencies, 'keys'>): RouteHandlers<Pick<Routes, 'keys' | 'issueKey' | 'revokeKey'>> {
  return {
    keys: async ({ principal }) => ({ body: { keys: (await keys.list(principal)).map(keyView) } }),
    async issueKey({ principal, body, log }) {
      const { record, text } = await keys.issue(principal, body);
      log.info(
        { key_id: record.id, name: record.name, scopes: record.scopes, role: record.role },
        'a key was issued',
      );
      return { body: { key: keyView(record), secret: text } };
    },
    async revokeKey({ principal, params, log }) {
      const record = await keys.revoke(principal, params.id);
      log.info({ key_id: record.id, name: record.name }, 'a key was revoked');
      return { body: keyView(record) };
    },
  };
}

function keyView(record: KeyRecord): KeyView {
  const { id, name, tenant, scopes, role, created_at, created_by, expires_at, revoked_at } = record;
  return { id, name, tenant, scopes: [...scopes], role, created_at, created_by, expires_at, revoked_at };
}
