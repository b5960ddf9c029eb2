import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createFollowedCatalogue,
  createLiveCatalogue,
  type FollowedCatalogue,
  type LiveCatalogue,
  type LiveCatalogueOptions,
  normalise,
  type SourceFault,
  type SourcesChange,
  type SourceText,
} from './index.ts';
import { recordOf } from './lab.suite.ts';

const mapping = (source: string, field: string, version = 1) => `source: ${source}
version: ${version}
title: Lab
forms:
  plain:
    recognise: [{ has: ${field} }]
classify:
  by: ${field}
  default: { class: 4001, activity: 1 }
  kinds: {}
attributes:
  message: ${field}
`;

let [own, folder] = ['', ''];
let live: LiveCatalogue;
let changes: SourcesChange[] = [];
let faults: SourceFault[] = [];

beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'tyrian-sources-'));
  [own, folder] = [join(root, 'own'), join(root, 'user')];
  mkdirSync(folder);
  write(own, 'gate', mapping('gate', 'gate_id'));
  write(own, 'json', mapping('json', 'anything').replace('title: Lab', 'title: Lab\nlast_resort: true'));
  [changes, faults] = [[], []];
});
afterEach(async () => {
  await live.close();
  rmSync(join(own, '..'), { recursive: true });
});

function write(into: string, source: string, text: string): void {
  mkdirSync(join(into, source), { recursive: true });
  writeFileSync(join(into, source, 'mapping.yaml'), text);
}

async function open(more: Partial<LiveCatalogueOptions> = {}): Promise<LiveCatalogue> {
  live = await createLiveCatalogue({
    own: [own],
    folders: [folder],
    onChange: (change) => changes.push(change),
    onFault: (fault) => faults.push(fault),
    clock: () => new Date(),
    pollMilliseconds: 3_600_000,
    ...more,
  });
  return live;
}

const lock = '{"lock_id":"L-1"}';
const versionOf = (catalogue: FollowedCatalogue | LiveCatalogue, raw: string, source: string) => {
  const outcome = normalise(catalogue, recordOf(raw, source, ''));
  return outcome.kind === 'event' ? outcome.row.mapping_version : outcome.code;
};

describe('a folder of own sources', () => {
  test('that is added while running is recognised, and its records become events', async () => {
    await open();
    expect(live.recogniseText(lock)).toBeUndefined();
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await live.refresh();
    expect(live.recogniseText(lock)).toEqual({ source: 'locks', form: 'plain' });
    expect(versionOf(live, lock, 'locks')).toBe(1);
    expect(live.sources).toEqual(['gate', 'json', 'locks']);
    expect(changes).toEqual([{ added: ['locks'], changed: [], removed: [], instead_of_own: [] }]);
    expect(live.status().sources).toContainEqual({ source: 'locks', version: 1, folder });
  });

  test('is looked at by itself, again and again', async () => {
    const changed = Promise.withResolvers<SourcesChange>();
    await open({ pollMilliseconds: 5, onChange: changed.resolve });
    write(folder, 'locks', mapping('locks', 'lock_id'));
    expect(await changed.promise).toMatchObject({ added: ['locks'] });
  });

  test('broken by an edit keeps the old version in force, is told once, and is taken up when it is mended', async () => {
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await open();
    write(folder, 'locks', mapping('locks', 'lock_id', 2).replace('message:', 'mesage:'));
    await live.refresh();
    await live.refresh();
    expect(versionOf(live, lock, 'locks')).toBe(1);
    expect(faults).toMatchObject([
      { source: 'locks', folder, code: 'normalise.mapping_invalid', in_force: true },
    ]);
    expect(faults[0]?.message).toMatch(/locks\/mapping\.yaml:12:11: there is no attribute 'mesage'/);
    expect(live.status().faults).toEqual(faults);
    write(folder, 'locks', mapping('locks', 'lock_id', 2));
    await live.refresh();
    expect(versionOf(live, lock, 'locks')).toBe(2);
    expect(live.status().faults).toEqual([]);
  });

  test('broken from the start hinders nothing else', async () => {
    write(folder, 'locks', 'source: [');
    write(folder, 'misnamed', mapping('other', 'x'));
    write(folder, 'doors', mapping('doors', 'door_id'));
    await open();
    expect(live.sources).toEqual(['doors', 'gate', 'json']);
    expect(faults.map(({ source, in_force }) => [source, in_force])).toEqual([
      ['locks', false],
      ['misnamed', false],
    ]);
  });

  test('wins over our own of the same name, and gives it back when it is removed', async () => {
    write(folder, 'gate', mapping('gate', 'gate_id', 7));
    await open();
    expect(versionOf(live, '{"gate_id":1}', 'gate')).toBe(7);
    expect(changes).toEqual([{ added: [], changed: ['gate'], removed: [], instead_of_own: ['gate'] }]);
    rmSync(join(folder, 'gate'), { recursive: true });
    await live.refresh();
    expect(versionOf(live, '{"gate_id":1}', 'gate')).toBe(1);
    expect(changes.at(-1)).toEqual({ added: [], changed: ['gate'], removed: [], instead_of_own: [] });
  });

  test('that was removed is recognised no more, but records taken before still become events', async () => {
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await open();
    rmSync(join(folder, 'locks'), { recursive: true });
    await live.refresh();
    expect(live.recogniseText(lock)).toBeUndefined();
    expect(live.sources).not.toContain('locks');
    expect(versionOf(live, lock, 'locks')).toBe(1);
    expect(changes.at(-1)).toMatchObject({ removed: ['locks'] });
  });

  test('whose file of patterns changed is taken up, and a thread that follows needs no file', async () => {
    const patterned = mapping('locks', 'lock_id').replace(
      'classify:',
      'patterns: { text: lock_id, program: lock_id, of: ../messages.yaml }\nclassify:',
    );
    writeFileSync(join(folder, 'messages.yaml'), 'opened: { like: ["L-{n}"] }\n');
    write(folder, 'locks', patterned.replace('message: lock_id', 'message: pattern'));
    await open();
    expect(faults).toEqual([]);
    const messageOf = (catalogue: FollowedCatalogue | LiveCatalogue) => {
      const outcome = normalise(catalogue, recordOf(lock, 'locks', ''));
      return outcome.kind === 'event' ? outcome.row.message : outcome.code;
    };
    expect(messageOf(live)).toBe('opened');
    writeFileSync(join(folder, 'messages.yaml'), 'closed: { like: ["L-{n}"] }\n');
    await live.refresh();
    expect(messageOf(live)).toBe('closed');
    const texts = live.texts();
    rmSync(folder, { recursive: true });
    expect(messageOf(createFollowedCatalogue(texts))).toBe('closed');
  });

  test('that cannot be read loses nothing', async () => {
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await open();
    rmSync(folder, { recursive: true });
    await live.refresh();
    expect(live.recogniseText(lock)?.source).toBe('locks');
    expect(faults).toMatchObject([{ source: '', code: 'normalise.source_unreadable', in_force: true }]);
  });
});

describe('a thread that follows', () => {
  test('knows a source before the first record of it is recognised here', async () => {
    const order: string[] = [];
    let worker: FollowedCatalogue | undefined;
    const tell = async (sources: readonly SourceText[]) => {
      order.push(String(live.recogniseText(lock)?.source));
      worker?.adopt(sources);
    };
    await open({ beforeChange: tell });
    worker = createFollowedCatalogue(live.texts());
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await live.refresh();
    expect(order).toEqual(['undefined']);
    expect(versionOf(worker, lock, 'locks')).toBe(1);
    expect(worker.sources).toEqual(live.sources);
  });

  test('goes through a batch with the sources that it began with', async () => {
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await open();
    const worker = createFollowedCatalogue(live.texts());
    const before = worker.snapshot();
    write(folder, 'locks', mapping('locks', 'lock_id', 2));
    write(folder, 'doors', mapping('doors', 'door_id'));
    await live.refresh();
    worker.adopt(live.texts());
    const seen = [before, worker.snapshot()].map(({ sources, form, recogniseText }) => [
      ...[sources.length, form('locks', 'plain')?.mappingVersion],
      recogniseText('{"door_id":1}')?.source,
    ]);
    expect(seen).toEqual([
      [3, 1, undefined],
      [4, 2, 'doors'],
    ]);
  });

  test('that cannot be told holds the change back until the next look', async () => {
    let isDeaf: boolean = true;
    await open({ beforeChange: () => (isDeaf ? Promise.reject(new Error('deaf')) : Promise.resolve()) });
    write(folder, 'locks', mapping('locks', 'lock_id'));
    await live.refresh();
    expect(live.recogniseText(lock)).toBeUndefined();
    expect(faults).toMatchObject([{ source: '', message: 'deaf' }]);
    isDeaf = false;
    await live.refresh();
    expect(live.recogniseText(lock)?.source).toBe('locks');
  });
});

test("a fault in the program's own sources ends the start", async () => {
  await open();
  write(own, 'gate', 'source: gate');
  await expect(open()).rejects.toMatchObject({ code: 'normalise.mapping_invalid' });
});
