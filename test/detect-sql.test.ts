import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRules, routesOf, type SigmaRule } from '../src/detect/index.ts';
import {
  differences,
  eventOf,
  openStoredEvents,
  type StoredEvent,
} from '../src/detect/sql/stored-events.suite.ts';
import { loadCatalogue } from '../src/normalise/index.ts';
import { haveRecordings, linesOf, recordingsFolder, zstdWindow } from './shared-recordings.ts';
import { filesOf } from './tape-archive.ts';

/** All public Sigma rules as SQL over recorded attacks, against the interpreter; skipped where the recordings are absent. */
const recordings = [
  'windows/sigmahq-regression',
  'windows/evtx-attack-samples',
  'linux/panther-labelled-linux',
  'aws/panther-labelled-aws',
  'identity/panther-labelled-identity',
  'network/suricata-alerts',
];

function sigmaRules(): readonly SigmaRule[] {
  const packed = readFileSync(join(recordingsFolder, 'rules/sigmahq-rules.tar.zst'));
  return [...filesOf(zstdDecompressSync(packed, zstdWindow))]
    .filter(([path]) => /^rules[^/]*\/.*\.yml$/.test(path))
    .flatMap(([path, content]) => parseRules(content.toString(), path).rules)
    .filter(({ logsource }) => routesOf(logsource).length > 0);
}

describe.skipIf(!haveRecordings)('the SigmaHQ rules as SQL', () => {
  const catalogue = loadCatalogue();
  let stored: Awaited<ReturnType<typeof openStoredEvents>>;
  beforeAll(async () => {
    stored = await openStoredEvents(catalogue);
  });
  afterAll(async () => await stored.close());

  it('hit what the interpreter hits in the dense recordings, and are sure of nothing else', async () => {
    const events: StoredEvent[] = [];
    for (const recording of recordings) {
      for await (const line of linesOf(recording)) {
        const event = eventOf(catalogue, line);
        if (event !== undefined) events.push(event);
      }
    }
    await stored.put(events);
    // Rules over the same events beside each other: what they read is read once.
    const about = ({ logsource: { product, category, service } }: SigmaRule) =>
      `${product} ${category} ${service}`;
    const rules = sigmaRules().toSorted((left, right) => (about(left) < about(right) ? -1 : 1));
    expect([events.length > 8_000, rules.length > 3_000]).toEqual([true, true]);
    const found = await stored.together(rules);
    const wrong = rules.flatMap((rule, index) => {
      const one = found[index];
      return one === undefined ? [`no answer: ${rule.title}`] : differences(rule, one, events);
    });
    expect(wrong).toEqual([]);
    // What SQL leaves to the interpreter stays few beside the events that each rule is about.
    const left = found.reduce((sum, { where, sure }) => sum + where.size - sure.size, 0);
    expect(left).toBeLessThan(events.length / 2);
  }, 900_000);
});
