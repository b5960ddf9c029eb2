import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  attributeNames,
  attributes,
  type EventAttributes,
  Principal,
  readConfig,
  settingPaths,
  TelemetryEvent,
  TyrianError,
} from './index.ts';

const emptyOf = { text: '', code: '', ip: '', int: null, list: [] } as const;
const noAttributes = Object.fromEntries(
  attributeNames.map((name) => [name, emptyOf[attributes[name].type]]),
) as unknown as EventAttributes;

const event = {
  event_id: '018f3a6b-5c00-8abc-8def-0123456789ab',
  tenant: 'acme',
  time: '2024-05-01T14:00:00.1234567+02:00',
  time_quality: 'exact',
  received_at: '2024-05-01T12:00:01Z',
  ingested_at: '2024-05-01T12:00:02Z',
  source: 'windows',
  form: 'flat',
  stream: 'local:/logs/a',
  schema_version: 1,
  mapping_version: 1,
  id_conflict: false,
  attributes: { ...noAttributes, src_ip: '192.0.2.7', process_pid: 18446744073709551615n },
  raw: '{}',
} as const;

describe('a TelemetryEvent', () => {
  test('is parsed to UTC with microseconds, and frozen', () => {
    const parsed = TelemetryEvent.parse(event);
    expect(parsed.time).toBe('2024-05-01T12:00:00.123456Z');
    expect(Object.isFrozen(parsed)).toBe(true);
    expect(Object.isFrozen(parsed.attributes)).toBe(true);
  });

  test.each([
    ['an unknown key', { ...event, extra: 1 }],
    ['an unknown attribute', { ...event, attributes: { ...event.attributes, extra: '' } }],
    ['a naive time', { ...event, time: '2024-05-01T14:00:00' }],
    ['a day that does not exist', { ...event, time: '2023-02-29T00:00:00Z' }],
    ['an id that is no UUIDv8', { ...event, event_id: '018f3a6b-5c00-4abc-8def-0123456789ab' }],
    ['an address that is none', { ...event, attributes: { ...event.attributes, src_ip: '300.1.1.1' } }],
    ['an integer beyond 64 bits', { ...event, attributes: { ...event.attributes, src_port: 2n ** 64n } }],
  ])('is refused with %s', (_, wrong) => {
    expect(TelemetryEvent.safeParse(wrong).success).toBe(false);
  });
});

test('a tenant is a plain name', () => {
  const principal = { id: 'k1', name: 'Ada', scopes: ['ask'] };
  expect(Principal.safeParse({ ...principal, tenant: 'acme-1' }).success).toBe(true);
  for (const tenant of ['', 'A', 'a b', "a'", '-a', 'a-', 'a'.repeat(64)]) {
    expect(Principal.safeParse({ ...principal, tenant }).success, tenant).toBe(false);
  }
});

describe('configuration', () => {
  test('has a default for everything but what only an operator knows', () => {
    const config = readConfig({ environment: {} });
    expect(config.http.host).toBe('127.0.0.1');
    expect(config.log.partitions).toBe(16);
    expect(config.model.base_url).toBeUndefined();
  });

  test('is read from file, then environment, then command line', () => {
    const file = join(tmpdir(), `tyrian-config-${process.pid}.yaml`);
    writeFileSync(file, 'http: {port: 1000, host: 0.0.0.0}\nlog: {partitions: 4}\n');
    const config = readConfig({
      file,
      environment: { TYRIAN_HTTP_PORT: '2000', TYRIAN_LOG_PARTITIONS: '8', PATH: '/bin' },
      overrides: { log: { partitions: 2 } },
    });
    expect([config.http.host, config.http.port, config.log.partitions]).toEqual(['0.0.0.0', 2000, 2]);
  });

  test('names every wrong value in one message', () => {
    const read = () =>
      readConfig({
        environment: { TYRIAN_HTTP_PORT: 'many', TYRIAN_LOG_PARTITIONS: '0', TYRIAN_TYPO: '1' },
        overrides: { http: { hots: 'x' } },
      });
    expect(read).toThrow(TyrianError);
    for (const part of ['TYRIAN_HTTP_PORT', 'TYRIAN_LOG_PARTITIONS', 'TYRIAN_TYPO', 'hots']) {
      expect(read).toThrow(part);
    }
  });

  test('each setting has a variable of its own', () => {
    const names = settingPaths().map((path) => path.join('_'));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(15);
  });
});
