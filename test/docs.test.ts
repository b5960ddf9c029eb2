import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { referencePages } from '../docs/reference/generate.ts';
import { declaredErrors, productFiles } from '../docs/reference/generator/errors.ts';
import { createDeterministicPlanner } from '../src/analyst/index.ts';
import { main } from '../src/cli/main.ts';
import { attributeNames, routes, settingPaths } from '../src/contracts/index.ts';
import { type InputRecord, loadCatalogue, normalise, type Outcome } from '../src/normalise/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];
const reference = referencePages();
const textOf = (name: string) => reference.get(name) ?? '';

/** The rows of every table of a page, cells without back-ticks around them. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| ') || line.startsWith('|-'));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** The lines of fenced blocks of one language. */
function fenced(text: string, language: string): readonly string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...blocks].flatMap(([, block = '']) => block.split('\n')).filter((line) => line !== '');
}

describe('the reference', () => {
  test.each([...reference])('%s is what `node docs/reference/generate.ts` makes', (name, text) => {
    expect(read(`docs/reference/${name}`)).toBe(text);
  });

  test('every setting and every route is in it', () => {
    for (const path of settingPaths()) expect(textOf('settings.md')).toContain(`\`${path.join('.')}\``);
    for (const { method, path } of Object.values(routes))
      expect(textOf('routes.md')).toContain(`## ${method} ${path}`);
    for (const name of attributeNames) expect(textOf('attributes.md')).toContain(`\`${name}\``);
  });

  test('every error catalogue of src is read, and every code in it is in errors.md', () => {
    const calls = [...productFiles().values()].flatMap((text) => [...text.matchAll(/= errorCatalogue\(/g)]);
    const declared = declaredErrors();
    expect(declared.length).toBe(calls.length);
    const codes = declared.flatMap(({ room, entries }) =>
      Object.keys(entries).map((what) => `${room}.${what}`),
    );
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(textOf('errors.md')).toContain(`\`${code}\``);
  });

  test('every code that src makes from a catalogue is declared in one of its room', () => {
    const declared = new Set(
      declaredErrors().flatMap(({ room, entries }) => Object.keys(entries).map((what) => `${room}.${what}`)),
    );
    const rooms = new Set(declaredErrors().map(({ room }) => room));
    const made = [...productFiles()].flatMap(([file, text]) =>
      [...text.matchAll(/\b(\w*)[eE]rrors\s*\.make\(\s*'(\w+)'/g)].map(([, prefix = '', what = '']) => {
        const named = prefix === 'receiver' ? 'intake' : prefix;
        return { file, code: `${rooms.has(named) ? named : (file.split('/')[0] ?? '')}.${what}` };
      }),
    );
    expect(made.length).toBeGreaterThan(50);
    expect(made.filter(({ code }) => !declared.has(code))).toEqual([]);
  });
});

describe('the Markdown of the project', () => {
  test.each(pages)('%s links only to what is there', (page) => {
    const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
    const broken = links
      .filter((to) => !/^(?:https?:|#)/.test(to))
      .map((to) => normalize(join(dirname(page), to.split('#')[0] ?? '')))
      .filter((path) => !existsSync(join(root, path)));
    expect(broken).toEqual([]);
    const anchors = links.filter((to) => to.startsWith('#')).map((to) => to.slice(1));
    const heads = [...text.matchAll(/^#+ (.*)$/gm)].map(([, head = '']) =>
      head.toLowerCase().replaceAll(' ', '-'),
    );
    expect(anchors.filter((anchor) => !heads.includes(anchor))).toEqual([]);
  });

  test('code that the map and the decisions name is there', () => {
    const map = read('ARCHITECTURE.md');
    const named = [...map.matchAll(/`((?:[a-z-]+\/)+[a-z-]*(?:\.ts)?)`/g)].map(([, path = '']) => path);
    const missing = named.filter(
      (path) => !existsSync(join(root, path)) && !existsSync(join(root, 'src', path)),
    );
    expect(missing).toEqual([]);
    const decisions = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n');
    const files = [...decisions.matchAll(/`((?:src|test|bench|\.ci)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('the rooms of the map are the rooms of src', () => {
    const drawn = rowsOf(read('ARCHITECTURE.md')).flatMap(([layer = '', room = '']) =>
      /^\d+$/.test(layer) ? [room.replaceAll(/[`/]/g, '')] : [],
    );
    const rooms = globSync('*/', { cwd: join(root, 'src') }).map((name) => name.replace('/', ''));
    expect(new Set(drawn)).toEqual(new Set(rooms));
  });

  test('every metric of the program is in the guide, and the reverse', () => {
    const written = [...productFiles().values()].flatMap((text) =>
      [...text.matchAll(/(?:name: |gauge\(\s*)['`](tyrian_[\w${}]+)['`]/g)].map(([, name = '']) => name),
    );
    const declared = written.flatMap((name) =>
      /\$/.test(name) ? ['p50', 'p95', 'p99'].map((one) => name.replace(/\$\{quantile\}/, one)) : [name],
    );
    expect(declared.filter((name) => !/^\w+$/.test(name))).toEqual([]);
    const told = [...read('docs/guide/operate.md').matchAll(/`(tyrian_\w+)`/g)].map(([, name = '']) => name);
    expect(new Set(told)).toEqual(new Set(declared));
  });
});

describe('commands of README and guide', () => {
  const commandPages = pages.filter((page) => page === 'README.md' || /guide|decisions/.test(page));
  const lines = commandPages.flatMap((page) =>
    fenced(read(page), 'sh').map((line) => line.replace(/\s+#.*$/, '')),
  );

  test('npm scripts, programs and files that they start are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const inline = commandPages.flatMap((page) => [...read(page).matchAll(/`((?:npm run|node) [^`\n]+)`/g)]);
    const all = [...lines, ...inline.map(([, line = '']) => line)];
    const missing = all.flatMap((line) => [
      ...[...line.matchAll(/npm run ([\w:]+)/g)].filter(([, name = '']) => scripts[name] === undefined),
      ...[...line.matchAll(/node ((?:docs|bench|bin|\.ci)\/[\w./-]+)/g)].filter(
        ([, path = '']) => !existsSync(join(root, path)),
      ),
    ]);
    expect(missing.map(([text]) => text)).toEqual([]);
  });

  /** What the program prints for `--help`, without a process for each. */
  async function help(...words: string[]): Promise<string> {
    const written: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    await main([...words, '--help']).finally(() => stdout.mockRestore());
    return written.join('');
  }

  test('tyrian has the subcommands and options that they name', async () => {
    const overall = await help();
    const groups = new Set(
      'alerts cases exceptions rules sources keys notify retention jobs deadletters intel state'.split(' '),
    );
    const called = lines.flatMap((line) => [
      ...line.matchAll(
        /\btyrian ((?:--(?:verbose|(?:config|data|tenant|url) \S+) )*)(\w+)(?: ([a-z]+)\b)?(.*)$/g,
      ),
    ]);
    expect(called.length).toBeGreaterThan(40);
    const known = new Map<string, string>();
    for (const [line, before = '', name = '', next = '', rest = ''] of called) {
      const words = groups.has(name) ? [name, next] : [name];
      const key = words.join(' ');
      const text = known.get(key) ?? (await help(...words));
      known.set(key, text);
      expect(overall, line).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
      expect(text, line).toContain(`Usage: tyrian ${key}`);
      const options = `${before} ${rest.replaceAll(/"[^"]*"/g, '')}`.match(/--[a-z]+/g) ?? [];
      for (const option of options) expect(`${overall}${text}`, line).toContain(option);
    }
  });

  test('curl calls paths that are declared', () => {
    const paths = lines.flatMap((line) =>
      [...line.matchAll(/http:\/\/127\.0\.0\.1:7117(\/[\w/-]+)/g)].map(([, path = '']) => path),
    );
    const declared = Object.values(routes).map(
      ({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    );
    expect(paths.length).toBeGreaterThan(4);
    expect(paths.filter((path) => !declared.some((route) => route.test(path)))).toEqual([]);
  });
});

describe('the example source of the guide', () => {
  const folder = 'docs/guide/example-sources';
  const catalogue = loadCatalogue([join(root, folder)]);
  const guide = read('docs/guide/add-a-source.md');
  const sample = (file: string, line: number) =>
    read(`${folder}/harbour-firewall/samples/${file}`).split('\n')[line - 1] ?? '';

  function outcomeOf(line: string, form: string): Outcome {
    const record: InputRecord = {
      tenant: 'acme',
      source: 'harbour-firewall',
      form,
      stream: 'guide',
      receivedAt: 0,
      seed: '',
      ordinal: 0,
      place: { partition: 0, offset: 0, sub: 0 },
      raw: Buffer.from(line),
    };
    return normalise(catalogue, record);
  }

  /** Microseconds as the guide writes them. */
  const timeText = (micros: bigint | null) =>
    micros === null
      ? ''
      : `${new Date(Number(micros / 1_000_000n) * 1_000).toISOString().slice(0, 19)}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;

  test('the guide shows the mapping and a sample as they are', () => {
    expect(guide).toContain(`\`\`\`yaml\n${read(`${folder}/harbour-firewall/mapping.yaml`)}\`\`\``);
    expect(guide).toContain(`\`\`\`json\n${sample('flat.ndjson', 2)}\n\`\`\``);
  });

  const cases = rowsOf(guide).flatMap(([name = '', form = '', outcome = '']) => {
    const [, file = '', line = ''] = /^`([\w.]+)` (\d+)$/.exec(name) ?? [];
    return file === '' ? [] : [{ file, line: Number(line), form, outcome }];
  });

  test('every sample is told of', () => {
    expect(cases.map(({ file, line }) => `${file} ${line}`)).toEqual([
      'flat.ndjson 1',
      'flat.ndjson 2',
      'wrapped.ndjson 1',
      'dead.ndjson 1',
    ]);
  });

  test.each(cases)('$file $line becomes what the guide says', ({ file, line, form, outcome }) => {
    const text = sample(file, line);
    expect(catalogue.recogniseText(text)).toEqual({ source: 'harbour-firewall', form });
    const made = outcomeOf(text, form);
    if (made.kind === 'dead') {
      expect(outcome).toBe(`dead: ${made.code} at \`${made.path}\``);
      return;
    }
    const [, time, quality] = /^time `([^`]*)` (\w+)/.exec(outcome) ?? [];
    expect([timeText(made.row.time), made.row.time_quality]).toEqual([time, quality]);
    const told = [...outcome.matchAll(/(\w+) `([^`]*)`/g)].slice(1);
    expect(told.length).toBeGreaterThan(3);
    const values = new Map(Object.entries(made.row).map(([name, value]) => [name, String(value)]));
    for (const [, name = '', value] of told) expect(values.get(name), name).toBe(value);
  });
});

describe('questions of the guide', () => {
  const context = {
    now: new Date('2026-03-12T15:00:00Z'),
    newestEvent: new Date('2026-03-12T14:58:00Z'),
    knownHosts: ['WS-07', 'DC-01'],
    knownUsers: ['alice', 'bob'],
  };
  const planner = createDeterministicPlanner();
  const plan = (text: string) => planner.plan({ text }, context, new AbortController().signal);
  const isHead = (cell: string | undefined) => cell === 'question' || /^-+$/.test(cell ?? '-');
  const rows = rowsOf(read('docs/guide/ask.md')).filter(([first]) => !isHead(first));

  test.each(rows.filter((row) => row.length === 3))(
    '%s: planned as %s over %s',
    async (question, kind, window) => {
      const outcome = await plan(question ?? '');
      expect(outcome.kind).toBe('plan');
      if (outcome.kind !== 'plan') return;
      const { from, to } = outcome.plan.window;
      const told = from.startsWith('1970') ? 'everything' : `${from} to ${to}`;
      expect([outcome.plan.kind, told]).toEqual([kind, window]);
    },
  );

  test.each(rows.filter((row) => row.length === 2))('%s: refused', async (question, why) => {
    expect(await plan(question ?? '')).toMatchObject({ kind: 'cannot-plan', message: why });
  });

  test('there are enough of them', () => {
    expect(rows.length).toBeGreaterThan(15);
  });
});
