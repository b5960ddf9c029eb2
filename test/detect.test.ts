import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDetector, type Diagnostic, parseRules, type SigmaRule } from '../src/detect/index.ts';
import { interpreted } from '../src/detect/testing.suite.ts';
import { type ReadRecord, readRecords } from '../src/intake/index.ts';
import {
  createRouting,
  type InputRecord,
  isPlainJson,
  loadCatalogue,
  nativeFields,
  normalise,
  type SourceCatalogue,
} from '../src/normalise/index.ts';
import { temporaryFolder } from './opened.ts';
import { haveRecordings, isChosen, linesOf, recordingsFolder, zstdWindow } from './shared-recordings.ts';
import { filesOf } from './tape-archive.ts';

/**
 * All public Sigma rules over recorded attacks, against what four established engines said of the same events and
 * what the rules' own regression set expects; skipped where the recordings are absent.
 */
const folder = temporaryFolder('detect');
afterAll(() => folder.remove());

/** All of every recording (`npm run test:differential:full`), or what the check of every change has time for. */
const isFull = process.env.DIFFERENTIAL === 'full';
/** Recordings, and of how many of their lines one is taken. */
const differential = [
  ['sigmahq-regression', 1],
  ['evtx-attack-samples', 1],
  ['splunk-attack-data', 1],
  ['mordor', isFull ? 1 : 29],
] as const;

const packed = (path: string) => zstdDecompressSync(readFileSync(join(recordingsFolder, path)), zstdWindow);

/** Rule → event → what the engines said: every one yes, most, some. What is not listed none of them said. */
type Truth = Readonly<
  Record<string, Readonly<Record<string, { readonly v: 'consensus' | 'majority' | 'disputed' }>>>
>;

interface Labelled {
  readonly id: string;
  readonly record: string;
}

/** The labels stand before all else in a line; they are taken off the record, and the id is kept beside it. */
const labels = /^\{"_id":"([^"]*)","_src":"(?:[^"\\]|\\.)*",/;

function recording(name: string): Labelled[] {
  const lines = packed(`windows/${name}.ndjson.zst`).toString().trimEnd().split('\n');
  return lines.map((line) => {
    const [head = '', id = ''] = labels.exec(line) ?? [];
    return { id, record: `{${line.slice(head.length)}` };
  });
}

/** Rules that SigmaHQ still keeps up. */
const isKept = (path: string) => /^rules[^/]*\/.*\.yml$/.test(path);
/** Broken or given up by SigmaHQ itself; in them are rules over counts and files of several documents. */
const isOther = (path: string) => /^(?:deprecated|unsupported)\/.*\.yml$/.test(path);

describe.skipIf(!haveRecordings)('the SigmaHQ rules', () => {
  const rules: SigmaRule[] = [];
  const diagnostics: Diagnostic[] = [];
  const others = { files: 0, rules: 0, errors: 0 };
  const hits = new Map<string, string>();
  let detector = createDetector([]);

  beforeAll(() => {
    for (const [path, content] of filesOf(packed('rules/sigmahq-rules.tar.zst'))) {
      if (!isKept(path) && !isOther(path)) continue;
      const parsed = parseRules(content.toString(), path);
      if (isKept(path)) {
        rules.push(...parsed.rules);
        diagnostics.push(...parsed.diagnostics);
      } else {
        others.files += 1;
        others.rules += parsed.rules.length;
        if (parsed.diagnostics.some(({ severity }) => severity === 'error')) others.errors += 1;
      }
    }
    detector = createDetector(rules);
  });

  /** The hits on one record, normalised as the pipeline does. */
  function detected(catalogue: SourceCatalogue, record: Pick<InputRecord, 'source' | 'form' | 'raw'>) {
    const place = { partition: 0, offset: 0, sub: 0 };
    const envelope = { tenant: 't', stream: 's', receivedAt: 0, seed: '', ordinal: 0, place };
    const outcome = normalise(catalogue, { ...record, ...envelope });
    const fields = nativeFields(catalogue, record);
    if (outcome.kind === 'dead' || fields === undefined)
      throw new Error(`no event: ${record.raw.toString()}`);
    const json = isPlainJson(catalogue, record) ? Buffer.from(record.raw) : undefined;
    return detector.detect(outcome.row, { json, fields: () => fields });
  }

  it('are parsed, but for those whose placeholders have no values here', () => {
    expect(rules.length).toBeGreaterThan(3_000);
    expect([...new Set(diagnostics.map(({ code }) => code))]).toEqual(['detect.placeholder']);
    expect(diagnostics.length).toBeLessThan(60);
    // A file without an error gives its rule, or the rules of its documents.
    expect(others.rules).toBeGreaterThanOrEqual(others.files - others.errors);
  });

  it('hit what every established engine says they hit, and nothing that none of them says', () => {
    const catalogue = loadCatalogue();
    const seen = [...recording('sigmahq-regression'), ...recording('evtx-attack-samples')];
    for (const { id, record } of seen) {
      const recognised = catalogue.recogniseText(record) ?? { source: '', form: '' };
      for (const { rule } of detected(catalogue, { ...recognised, raw: Buffer.from(record) })) {
        hits.set(`${rule.id} ${id}`, rule.title);
      }
    }
    const truth = JSON.parse(packed('windows/ground-truth.json.zst').toString()) as Truth;
    const listed = Object.entries(truth).flatMap(([rule, events]) =>
      Object.entries(events).map(([event, { v }]) => ({ pair: `${rule} ${event}`, verdict: v })),
    );
    expect(listed.length).toBeGreaterThan(1_400);
    const missed = listed.filter(({ pair, verdict }) => verdict !== 'disputed' && !hits.has(pair));
    expect(missed).toEqual([]);
    // One engine trims `NtLmSsp ` where the rule says `NtLmSsp`; Sigma does not.
    const doubted = listed.filter(({ pair, verdict }) => verdict === 'disputed' && !hits.has(pair));
    expect(doubted.map(({ pair }) => pair.split(' ')[0])).toEqual(
      Array(2).fill('8eef149c-bd26-49f2-9e5a-9b00e3af499b'),
    );
    const known = new Set(listed.map(({ pair }) => pair));
    const more = [...hits].filter(([pair]) => !known.has(pair)).map(([, title]) => title);
    // None of the engines takes Defender's log for the category antivirus.
    expect([...new Set(more)].sort()).toEqual([
      'Antivirus - Exploitation Framework Signature',
      'Antivirus - Hacktool Signature',
      'Antivirus - Relevant File Paths Alerts Signature',
      'Antivirus - Web Shell Detection Signature',
    ]);
  });

  it('hit by the matcher what the interpreter says, event by event', async () => {
    const catalogue = loadCatalogue();
    const route = createRouting(catalogue);
    const oracle = interpreted(rules);
    const seen = { events: 0, hits: 0 };
    const titles = (hits: readonly { readonly rule: SigmaRule }[]) =>
      hits.map(({ rule }) => rule.title).sort();
    for (const [name, oneIn] of differential) {
      let read = 0;
      for await (const line of linesOf(`windows/${name}`)) {
        read += 1;
        if (!isChosen(read, oneIn)) continue;
        const kind = catalogue.recogniseText(line);
        const routed = kind && route({ ...kind, raw: Buffer.from(line) });
        if (kind === undefined || routed === undefined) continue;
        const { fields } = routed;
        const json = isPlainJson(catalogue, kind) ? Buffer.from(line) : undefined;
        const found = detector.detect(routed, { json, fields: () => fields });
        expect(titles(found), line).toEqual(titles(oracle(routed, fields)));
        seen.events += 1;
        seen.hits += found.length;
      }
    }
    expect(seen.events).toBeGreaterThan(isFull ? 550_000 : 20_000);
    expect(seen.hits).toBeGreaterThan(1_000);
    if (isFull) console.log(`differential: ${JSON.stringify(seen)}`);
  });

  it('are routed by a few fields as by the whole event', async () => {
    const catalogue = loadCatalogue();
    const route = createRouting(catalogue);
    for (const { record } of recording('evtx-attack-samples')) {
      const kind = catalogue.recogniseText(record);
      if (kind === undefined) continue;
      const raw = Buffer.from(record);
      const place = { partition: 0, offset: 0, sub: 0 };
      const envelope = { tenant: 't', stream: 's', receivedAt: 0, seed: '', ordinal: 0, place };
      const outcome = normalise(catalogue, { ...kind, raw, ...envelope });
      const { fields: _, ...columns } = route({ ...kind, raw }) ?? { fields: undefined };
      expect(outcome).toMatchObject({ kind: 'event', row: columns });
    }
  });

  it('of the regression set hit the event log that each was written for', async () => {
    const catalogue = loadCatalogue();
    const missed: string[] = [];
    let logs = 0;
    for (const [name, content] of filesOf(packed('windows/reg-evtx.tar.zst'))) {
      if (!name.endsWith('.evtx')) continue;
      logs += 1;
      const path = join(folder.path, basename(name));
      writeFileSync(path, content);
      const found = new Set<string>();
      const { signal } = new AbortController();
      const onRecord = ({ source, form, raw }: ReadRecord) => {
        for (const { rule } of detected(catalogue, { source, form, raw })) found.add(rule.id);
      };
      await readRecords({ paths: [path], sources: catalogue, signal, onRecord });
      // A log has its rule's id for a name.
      if (!found.has(basename(name, '.evtx'))) missed.push(name);
    }
    expect([logs, missed]).toEqual([135, []]);
  });
});
