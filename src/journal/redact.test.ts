import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Detection } from '../contracts/index.ts';
import { openTopics } from '../log/index.ts';
import { redactTopics } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tyrian-redact-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = '2026-11-23T12:00:00.000Z';
const eventId = '01930b5e-0000-8000-8000-000000000001';

const detection: Detection = {
  ...{ id: 'a'.repeat(32), tenant: 'red', detected_at: at, matched: [{ field: 'User', value: 'mona' }] },
  rule: {
    ...{ id: 'brute', logic: 'b'.repeat(64), title: 'brute force', level: 'high', tags: [] },
    ...{ pack: 'own', author: '', license: '' },
  },
  event: { event_id: eventId, time: at, received_at: at, source: 'windows', raw_sha256: 'c'.repeat(64) },
  entity: { kind: 'user', value: 'mona' },
  window: {
    ...{ episode: 'a'.repeat(32), from: at, to: at, state: 'closed', event_count: 1, events: [eventId] },
    ...{ group: [{ field: 'User', value: 'mona' }], cut: false, supersedes: [], superseded_by: null },
  },
};

test('a person is taken out of the window of a correlation, and the entry can still be read', async () => {
  const topics = await openTopics({ folder });
  await topics.append('detections', [Buffer.from(JSON.stringify(detection))]);
  const signal = new AbortController().signal;
  await redactTopics(topics, { tenant: 'red', redact: () => '(erased)', signal });
  const { entries } = await topics.read({ topic: 'detections', from: 0, limit: 10, maxBytes: 100_000 });
  await topics.close();
  const [entry] = entries;
  const read = Detection.parse(JSON.parse(Buffer.from(entry?.value ?? '').toString()));
  expect(read.window).toEqual({ ...detection.window, group: [{ field: '(erased)', value: '(erased)' }] });
  expect(JSON.stringify(read)).not.toContain('mona');
});
