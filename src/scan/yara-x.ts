import {
  maxScanMatches,
  maxScanStrings,
  type ScanDiagnostic,
  type ScanMatch,
} from '../contracts/scan-routes.ts';
import { scanErrors } from './errors.ts';
import type { RuleFile, RulePack, Yara, YaraRules } from './port.ts';

type Library = typeof import('@litko/yara-x');
type Compiled = import('@litko/yara-x').YaraX;
type Found = import('@litko/yara-x').RuleMatch;

/** What `import` is told; a variable, since the package is optional. */
export const yaraXPackage = '@litko/yara-x';

/** Includes would read any file of this machine into what is told of errors. */
const options = { enableIncludes: false };
/** Places of one pattern: beyond them the library looks for no more. */
const maxPlaces = 100;
const maxMeta = 64;
const maxText = 1_024;

/** Loads YARA-X. Throws `scan.unavailable`. */
export async function openYaraX(name: string = yaraXPackage): Promise<Yara> {
  const library = await load(name);
  return {
    compile(packs) {
      const compiled = packs.map((pack) => compilePack(library, pack));
      return {
        rules: rulesOf(compiled),
        used: new Map(compiled.map(({ namespace, used }) => [namespace, used])),
        diagnostics: compiled.flatMap(({ diagnostics }) => diagnostics),
      };
    },
  };
}

async function load(name: string): Promise<Library> {
  try {
    const loaded = (await import(name)) as Library & { readonly default?: Library };
    return loaded.default ?? loaded;
  } catch (cause) {
    throw scanErrors.make('unavailable', `YARA is not available on ${process.platform} ${process.arch}`, {
      cause,
    });
  }
}

interface CompiledPack {
  readonly namespace: string;
  /** Undefined where no file is sound. */
  readonly compiled: Compiled | undefined;
  readonly used: number;
  readonly diagnostics: readonly ScanDiagnostic[];
}

/**
 * Each file by itself first, so that one with an error harms no other; then the sound ones together, where two rules of a name still may
 * clash: the later file is left out then.
 */
function compilePack(library: Library, { namespace, files }: RulePack): CompiledPack {
  const diagnostics: ScanDiagnostic[] = [];
  let sound = files.filter((file) => {
    const problems = problemsOf(library, file.text);
    diagnostics.push(...problems.map((problem) => ({ namespace, file: file.path, ...problem })));
    return problems.length === 0;
  });
  for (;;) {
    if (sound.length === 0) return { namespace, compiled: undefined, used: 0, diagnostics };
    const { text, placeOf } = joined(sound);
    try {
      const compiled: Compiled = library.compile(text, options);
      compiled.setMaxMatchesPerPattern(maxPlaces);
      return { namespace, compiled, used: sound.length, diagnostics };
    } catch (error) {
      const clashes = problemsOf(library, text).map((problem) => ({ problem, place: placeOf(problem.line) }));
      const clashing = new Set(clashes.map(({ place }) => place.file));
      if (clashing.size === 0) throw error;
      for (const { problem, place } of clashes)
        diagnostics.push({ namespace, ...problem, file: place.file.path, line: place.line });
      sound = sound.filter((file) => !clashing.has(file));
    }
  }
}

/** Texts under each other, and the file of a line of the whole. */
function joined(files: readonly RuleFile[]) {
  const starts: { readonly file: RuleFile; readonly from: number }[] = [];
  let from = 1;
  for (const file of files) {
    starts.push({ file, from });
    from += file.text.split('\n').length;
  }
  const text = files.map((file) => file.text).join('\n');
  const placeOf = (line: number) => {
    const start = starts.findLast((one) => one.from <= line) ?? starts[0];
    if (start === undefined) throw scanErrors.make('failed', 'No rule file stands at a line of rules');
    return { file: start.file, line: line - start.from + 1 };
  };
  return { text, placeOf };
}

type Problem = Omit<ScanDiagnostic, 'namespace' | 'file'>;

function problemsOf(library: Library, text: string): readonly Problem[] {
  return library.validate(text, options).errors.map(({ code, message }) => problemOf(code, message));
}

/** The library's reports begin `error[E009]: what is wrong`, then ` --> line:3:21` and an extract of the rule. */
function problemOf(code: string, report: string): Problem {
  const [first = ''] = report.split('\n', 1);
  const [, line = '0', column = '0'] = /--> [^\n]*?(\d+):(\d+)\n/.exec(report) ?? [];
  const message = first.replace(/^error\[\w+\]: /, '').slice(0, maxText);
  return { code, line: Number(line), column: Number(column), message };
}

function rulesOf(packs: readonly CompiledPack[]): YaraRules {
  return {
    scan(bytes) {
      const { buffer, byteOffset, byteLength } = bytes;
      const whole = Buffer.from(buffer, byteOffset, byteLength);
      const found = packs.flatMap(({ namespace, compiled }) =>
        (compiled?.scan(whole) ?? []).map((match) => ({ namespace, match })),
      );
      const matches = found
        .slice(0, maxScanMatches)
        .map(({ namespace, match }) => matchOf(namespace, match))
        .toSorted((left, right) => order(left.namespace, right.namespace) || order(left.rule, right.rule));
      return { matches, truncated: found.length > maxScanMatches };
    },
  };
}

const order = (left: string, right: string) => (left < right ? -1 : Number(left > right));

function matchOf(namespace: string, { ruleIdentifier, tags, meta, matches }: Found): ScanMatch {
  const values = Object.entries(meta as Readonly<Record<string, unknown>>).slice(0, maxMeta);
  return {
    rule: ruleIdentifier,
    namespace,
    tags,
    meta: Object.fromEntries(values.map(([name, value]) => [name, metaOf(value)])),
    strings: matches
      .slice(0, maxScanStrings)
      .map(({ identifier, offset, length }) => ({ id: identifier, offset, length })),
    // A pattern with as many places as are looked for may have more.
    strings_truncated: matches.length > maxScanStrings || mostPlaces(matches) >= maxPlaces,
  };
}

const metaOf = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) ? value : String(value).slice(0, maxText);

function mostPlaces(matches: Found['matches']): number {
  const counts = new Map<string, number>();
  for (const { identifier } of matches) counts.set(identifier, (counts.get(identifier) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
