import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attributeNames, attributes } from '../src/contracts/index.ts';
import {
  activityNameOf,
  classNameOf,
  type EventRow,
  loadCatalogue,
  normalise,
  type SourceCatalogue,
} from '../src/normalise/index.ts';
import { checkObject, ocsfObjectOf, placementOf } from './ocsf-event.ts';
import { type OcsfClass, OcsfSchema, schemaArchive } from './ocsf-schema.ts';
import { haveRecordings, linesOf, recordingsFolder } from './shared-recordings.ts';

/** Records of a recording that are looked at, spread over its first lines. */
const looked = 400;
const firstLines = 40_000;
const shownFaults = 12;

/** Ids whose values the schema enumerates, and that a kind or an expression of a mapping can set. */
const enumerated = ['status_id', 'severity_id'] as const;

/** What OCSF requires and telemetry does not give, or no column holds; an event is stored all the same. */
const untold: Readonly<Record<string, readonly string[]>> = {
  'logs name a host, not what kind of machine it is, or say nothing of it': ['device', 'device.type_id'],
  'the record says no time': ['time'],
  'one path or name stands for the file': [
    ...['actor.process.file.name', 'actor.process.file.type_id', 'process.file.name', 'process.file.type_id'],
    ...[
      'process.parent_process.file.name',
      'process.parent_process.file.type_id',
      'file.name',
      'file.type_id',
    ],
  ],
  'a sensor says who opened a connection, not on which side of a border it stands': [
    'connection_info',
    'connection_info.direction_id',
    'direction_id',
  ],
  'a handshake that was not seen whole': [
    'tls.version',
    'tls.certificate.issuer',
    'tls.certificate.serial_number',
  ],
  'the source does not say who, on what or from where': [
    ...[
      'actor',
      'user',
      'process',
      'file',
      'src_endpoint',
      'api',
      'api.operation',
      'email',
      'session',
      'resources',
    ],
    ...['script', 'job'],
  ],
  'no column holds it; the text that does is in one of the common ones': [
    ...['module', 'group', 'entity', 'app', 'web_resources', 'win_resource', 'reg_value.path', 'version'],
    ...[
      'script.type_id',
      'finding_info.uid',
      'query_result_id',
      'state_id',
      'privileges',
      'users',
      'product',
    ],
  ],
};
/** Addresses of an envelope are what the sender wrote, and need be none. */
const asWritten = /email\.(?:to|from): '.*' is no email_t$/;

interface Use {
  readonly source: string;
  readonly kind: string;
  readonly classUid: number;
  readonly activityId: number | undefined;
  readonly ids: Readonly<Record<(typeof enumerated)[number], number | undefined>>;
  readonly paths: readonly string[];
}

/** Every class with every attribute that some mapping can give it. */
function usesOf(catalogue: SourceCatalogue): Use[] {
  return catalogue.sources.flatMap((source) => {
    const mapping = catalogue.compiled(source)?.mapping;
    return (mapping?.kinds ?? []).map((kind) => ({
      source,
      kind: kind.name,
      classUid: kind.classUid,
      activityId: kind.activityId,
      ids: { status_id: kind.statusId, severity_id: kind.severityId },
      paths: [...(mapping?.groups[kind.group]?.attributes.keys() ?? [])].map((name) => attributes[name].path),
    }));
  });
}

const catalogue = loadCatalogue();
const uses = usesOf(catalogue);

describe.skipIf(!haveRecordings)('against the OCSF schema', () => {
  const schema = haveRecordings ? new OcsfSchema(schemaArchive) : undefined;
  const classes = schema?.classes() ?? new Map<number, OcsfClass>();
  const classOf = (uid: number) => {
    const found = classes.get(uid);
    if (found === undefined) throw new Error(`${uid} is no class of the schema`);
    return found;
  };
  const known = () => {
    if (schema === undefined) throw new Error('there is no schema');
    return schema;
  };

  test('the archive is read whole', () => {
    expect(classes.size).toBeGreaterThan(70);
    expect(classOf(4003).attributes.get('answers')).toMatchObject({ type: 'dns_answer', isArray: true });
    expect(classOf(201_003).attributes.size).toBeGreaterThan(20);
  });

  test('names of classes and activities are those of the schema', () => {
    for (const { uid, caption, activities } of classes.values()) {
      expect(classNameOf(uid)).toBe(caption);
      for (const [id, name] of activities) expect(activityNameOf(uid, id), `${uid}: ${id}`).toBe(name);
    }
  });

  test('every kind of every source has a class, and ids that the class knows', () => {
    for (const { source, kind, classUid, activityId, ids } of uses) {
      const where = `${source}: ${kind}`;
      const { activities, attributes: own } = classOf(classUid);
      if (activityId !== undefined)
        expect(activities.has(activityId), `${where} is activity ${activityId}`).toBe(true);
      for (const name of enumerated) {
        const id = ids[name];
        if (id === undefined) continue;
        expect(own.get(name)?.values?.has(String(id)), `${where} has ${name} ${id}`).toBe(true);
      }
    }
  });

  test('every attribute is at home in a class that uses it', () => {
    const homeless = attributeNames.filter((name) => {
      const { path } = attributes[name];
      const users = uses.filter(({ paths }) => paths.includes(path)).map(({ classUid }) => classOf(classUid));
      const candidates = users.length === 0 ? [...classes.values()] : users;
      return !candidates.some((one) => placementOf(known(), one, path) !== 'unmapped');
    });
    expect(homeless.map((name) => attributes[name].path)).toEqual([]);
  });

  test('what a class has no place for is told', () => {
    const strays = new Map<string, Set<string>>();
    for (const { classUid, paths } of uses) {
      const one = classOf(classUid);
      if (classUid === 0) continue;
      for (const path of paths) {
        if (placementOf(known(), one, path) !== 'unmapped') continue;
        const key = `${classUid} ${one.caption}`;
        strays.set(key, (strays.get(key) ?? new Set()).add(path));
      }
    }
    const lines = [...strays].sort().map(([name, paths]) => `  ${name}: ${[...paths].sort().join(', ')}`);
    console.info(
      `Attributes that mappings can give a class that has no place for them:\n${lines.join('\n')}`,
    );
  });

  const recordings = haveRecordings
    ? readFileSync(join(recordingsFolder, 'MANIFEST.tsv'), 'utf8')
        .split('\n')
        .map((line) => line.split('\t')[0] ?? '')
        .filter((name) => name.endsWith('.ndjson.zst') && !name.startsWith('intel/'))
        .map((name) => name.replace('.ndjson.zst', ''))
    : [];

  test('events of the recordings are sound OCSF objects', async () => {
    const wrong = new Map<string, number>();
    const missing = new Map<string, number>();
    const seen = new Map<string, number>();
    const count = (counts: Map<string, number>, name: string) =>
      counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const recording of recordings) {
      for await (const row of eventsOf(recording)) {
        const uid = Number(row.class_uid);
        if (uid === 0) continue;
        const one = classOf(uid);
        const name = `${uid} ${one.caption}`;
        count(seen, name);
        const faults = checkObject(known(), one.attributes, ocsfObjectOf(known(), one, row));
        for (const fault of faults.wrong.filter((text) => !asWritten.test(text)))
          count(wrong, `${row.source}: ${name}: ${fault}`);
        for (const path of new Set(faults.missing.map((path) => path.replace(/^evidences\./, ''))))
          count(missing, `${name}: ${path}`);
      }
    }
    const told = [...missing]
      .sort()
      .map(([name, records]) => `  ${name}: absent in ${records} of ${seen.get(name.replace(/:.*/, ''))}`);
    console.info(`Required attributes that are absent:\n${told.join('\n')}`);
    expect([...wrong].sort((left, right) => right[1] - left[1]).slice(0, shownFaults)).toEqual([]);
    const declared = new Set(Object.values(untold).flat());
    const undeclared = [...missing.keys()].filter((name) => !declared.has(name.replace(/^.*: /, '')));
    expect(undeclared, 'declare them in `untold`, or map them').toEqual([]);
    expect(seen.size).toBeGreaterThan(12);
  });
});

/** Some of a recording's records as events. */
async function* eventsOf(recording: string): AsyncGenerator<EventRow> {
  const step = Math.max(1, Math.floor(firstLines / looked));
  const lines: string[] = [];
  for await (const line of linesOf(recording)) if (lines.push(line) === firstLines) break;
  const stride = Math.max(1, Math.min(step, Math.floor(lines.length / looked)));
  for (let at = 0; at < lines.length; at += stride) {
    const line = lines[at] ?? '';
    const found = catalogue.recogniseText(line);
    const outcome = normalise(catalogue, {
      ...{ tenant: 'acme', source: found?.source ?? 'json', form: found?.form ?? '', stream: 'ocsf' },
      ...{
        receivedAt: 0,
        seed: '',
        ordinal: 0,
        place: { partition: 0, offset: 0, sub: 0 },
        raw: Buffer.from(line),
      },
    });
    if (outcome.kind === 'event') yield outcome.row;
  }
}
