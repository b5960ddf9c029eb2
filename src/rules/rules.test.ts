import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { createDetector, parseRules } from '../detect/index.ts';
import { loadCatalogue } from '../normalise/index.ts';
import { loadPack, ownRules, runRuleTests } from './index.ts';
import { readPlaceholders } from './pack-settings.ts';
import { ruleFilesIn, testFilesIn } from './rule-folder.ts';

const own = loadPack(ownRules);
const catalogue = loadCatalogue();
const read = (file: string) => readFileSync(file, 'utf8');

const Tests = z.object({
  rule: z.string(),
  matches: z.array(
    z.object({
      source: z.string().optional(),
      record: z.unknown().optional(),
      records: z.array(z.unknown()).optional(),
    }),
  ),
  misses: z.array(z.unknown()),
});
const tests = testFilesIn(ownRules).map((file) => ({ file, ...Tests.parse(parseYaml(read(file))) }));

/** Source and form of each record that a rule hits. */
const formsOf = ({ matches }: z.infer<typeof Tests>) =>
  matches.flatMap(({ source, record, records = [record] }) =>
    records.map((each) =>
      catalogue.recogniseText(typeof each === 'string' ? each : JSON.stringify(each), source),
    ),
  );

describe('the rules that come with the program', () => {
  test('are read without a diagnostic, a file a rule', () => {
    expect(own.diagnostics).toEqual([]);
    expect(own.rules.length).toBeGreaterThanOrEqual(150);
    expect(own.rules.length + own.correlations.length).toBe(ruleFilesIn(ownRules).length);
    expect([own.name, own.license]).toEqual(['tyrian', 'Apache-2.0']);
  });

  test('each have an id and a title of their own', () => {
    const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(own.rules.filter(({ id }) => !uuid4.test(id)).map(({ title }) => title)).toEqual([]);
    expect(new Set(own.rules.map(({ id }) => id)).size).toBe(own.rules.length);
    expect(new Set(own.rules.map(({ title }) => title)).size).toBe(own.rules.length);
  });

  test.each(own.rules.map((rule) => [basename(rule.file, '.yml'), rule] as const))(
    '%s says what it means, what to check and when it is wrong',
    (_, { description, author, date, tags, falsepositives, references }) => {
      expect(description).toMatch(/\bcheck first\b/i);
      expect(description.length).toBeGreaterThan(150);
      expect([author, date]).toEqual(['The Tyrian authors', '2026-11-23']);
      expect(falsepositives.length).toBeGreaterThan(0);
      // Attacks on language models are no techniques of ATT&CK but of its sister ATLAS.
      const known = /^(attack\.(t\d{4}(\.\d{3})?|[a-z]+(-[a-z]+)*)|atlas\.aml\.t\d{4}(\.\d{3})?)$/;
      expect(tags.filter((tag) => !known.test(tag))).toEqual([]);
      // Every technique that is linked is a tag, so that coverage can be counted by tags. Other pages document the platform.
      const techniques = 'https://attack.mitre.org/techniques/';
      const linked = references
        .filter((page) => page.startsWith(techniques))
        .map((page) => page.slice(techniques.length).replace(/\/$/, '').replace('/', '.'));
      const tagged = tags.filter((tag) => /^attack\.t\d/.test(tag)).map((tag) => tag.slice('attack.'.length));
      expect(linked.map((technique) => technique.toLowerCase()).sort()).toEqual([...tagged].sort());
    },
  );

  test('are all about events that some source gives', () => {
    const detector = createDetector(own.rules);
    expect(detector.diagnostics).toEqual([]);
    expect(detector.rules.length).toBe(own.rules.length);
  });

  test('are about Windows, Linux, AWS, identity, network and Kubernetes', () => {
    const folders = new Set(tests.flatMap((file) => formsOf(file).map((found) => found?.source)));
    for (const source of ['windows', 'auditd', 'osquery', 'syslog', 'journald', 'aws-cloudtrail', 'okta'])
      expect(folders).toContain(source);
    for (const source of [
      'entra-audit',
      'm365-audit',
      'github-audit',
      'google-workspace',
      'kubernetes-audit',
    ])
      expect(folders).toContain(source);
    for (const source of ['zeek', 'suricata', 'vpc-flow']) expect(folders).toContain(source);
  });

  test('each bring at least two records that they hit and two that they leave', () => {
    const all = [...own.rules, ...own.correlations];
    expect(new Set(tests.map(({ rule }) => rule))).toEqual(new Set(all.map(({ id }) => id)));
    const few = tests.filter(({ matches, misses }) => matches.length < 2 || misses.length < 2);
    expect(few.map(({ file }) => basename(file))).toEqual([]);
  });

  test('hit the records that they bring and leave the others', () => {
    const { results, untested } = runRuleTests(ownRules, catalogue);
    expect(results.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(untested).toEqual([]);
  });

  test('hit one event in more than one form of its source', () => {
    const several = tests.filter((file) => {
      const found = formsOf(file).map((recognised) => `${recognised?.source} ${recognised?.form}`);
      return new Set(found).size > 1;
    });
    expect(several.length).toBeGreaterThanOrEqual(10);
  });
});

describe('the example of the guide', () => {
  const guide = read(fileURLToPath(new URL('../../docs/guide/write-a-rule.md', import.meta.url)));
  const folder = fileURLToPath(new URL('../../docs/guide/example-rules', import.meta.url));
  const example = loadPack(folder);

  test('is sound, routed, and does what its tests say', () => {
    expect(example.diagnostics).toEqual([]);
    expect(createDetector(example.rules).diagnostics).toEqual([]);
    const { results, untested } = runRuleTests(folder, catalogue);
    expect([results.length, untested]).toEqual([5, []]);
    expect(results.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  test('stands in the guide as it is in the folder', () => {
    for (const name of ['deploy-account-at-a-desk.yml', 'deploy-account-at-a-desk.tests.yml'])
      expect(guide).toContain(`\`\`\`yaml\n${read(join(folder, name))}\`\`\``);
  });

  test('of a filter is one that can be applied, and those of placeholders give values', () => {
    const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
    const filter = blocks.find((text) => text.includes('\nfilter:')) ?? '';
    const parsed = parseRules(filter, 'guide');
    expect([parsed.filters.length, parsed.diagnostics]).toEqual([1, []]);
    const values = blocks.find((text) => text.startsWith('Administrators:')) ?? '';
    const placeholders = readPlaceholders(values, 'guide');
    expect([...placeholders.keys()]).toEqual(['Administrators', 'Corporate_Domain']);
  });

  test('fails as the guide shows when its filter is forgotten', () => {
    const changed = mkdtempSync(join(tmpdir(), 'tyrian-rules-'));
    cpSync(folder, changed, { recursive: true });
    const rule = join(changed, 'deploy-account-at-a-desk.yml');
    writeFileSync(rule, read(rule).replace(' and not build_server', ''));
    const failed = runRuleTests(changed, catalogue).results.filter(({ problem }) => problem !== undefined);
    rmSync(changed, { recursive: true });
    expect(failed).toHaveLength(1);
    for (const { file, name, problem } of failed) expect(guide).toContain(`${file}: ${name}: ${problem}`);
  });
});
