import { maxScanDiagnostics, type ScanRules } from '../contracts/scan-routes.ts';
import type { Yara, YaraRules } from './port.ts';
import { markOf, type RuleFolder, readFolder } from './rule-folder.ts';

/** The folders are looked at for changes at most so often. */
const lookMilliseconds = 1_000;

/** Rules of some folders, compiled once a change. */
export interface Shelf {
  readonly rules: YaraRules;
  readonly told: ScanRules;
}

/** Makes the look that gives the rules as they stand on disk. `now` in milliseconds, rising. Computes on the calling thread. */
export function createShelf(yara: Yara, folders: readonly RuleFolder[], now: () => number): () => Shelf {
  let shelf: (Shelf & { readonly mark: string }) | undefined;
  let lookedAt = 0;
  return () => {
    if (shelf !== undefined && now() - lookedAt < lookMilliseconds) return shelf;
    // Before the files are read: what changes meanwhile is seen at the next look.
    const mark = markOf(folders);
    if (shelf?.mark !== mark) shelf = { ...filled(yara, folders), mark };
    lookedAt = now();
    return shelf;
  };
}

function filled(yara: Yara, folders: readonly RuleFolder[]): Shelf {
  const read = folders.map(readFolder);
  const { rules, used, diagnostics } = yara.compile(read.map(({ pack }) => pack));
  const all = [...read.flatMap((one) => one.diagnostics), ...diagnostics];
  const told = {
    namespaces: folders.map(({ namespace }) => ({ name: namespace, files: used.get(namespace) ?? 0 })),
    diagnostics: all.slice(0, maxScanDiagnostics),
    truncated: all.length > maxScanDiagnostics,
  };
  return { rules, told };
}
