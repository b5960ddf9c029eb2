import type { ScanDiagnostic, ScanMatch } from '../contracts/scan-routes.ts';

/** A file of rules as its text. */
export interface RuleFile {
  /** Within its folder. */
  readonly path: string;
  readonly text: string;
}

/** Rules that share a namespace: within it a name stands for one rule, and a global rule is a condition of all. */
export interface RulePack {
  readonly namespace: string;
  readonly files: readonly RuleFile[];
}

/** Compiled rules. Computes on the calling thread, which nothing interrupts: not the event loop's. */
export interface YaraRules {
  /** By namespace, then rule. */
  scan(bytes: Uint8Array): { readonly matches: readonly ScanMatch[]; readonly truncated: boolean };
}

/** A YARA library. */
export interface Yara {
  /** Compiles what is sound; of a file with an error nothing is used. `used` counts files by namespace. */
  compile(packs: readonly RulePack[]): {
    readonly rules: YaraRules;
    readonly used: ReadonlyMap<string, number>;
    readonly diagnostics: readonly ScanDiagnostic[];
  };
}
