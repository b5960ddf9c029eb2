import * as z from 'zod';
import type { Route } from './routes.ts';

/** Bytes of one file that are scanned at once; over HTTP `http.max_body_bytes` bounds them too. */
export const maxScanBytes = 64 * 1024 * 1024;
/** Rules that one answer names, strings of one rule, and things that are wrong with rule files; what is beyond is said to be cut. */
export const maxScanMatches = 1_000;
export const maxScanStrings = 500;
export const maxScanDiagnostics = 500;

const count = z.int().nonnegative();

/** A YARA rule that the bytes meet, and where. */
export const ScanMatch = z.strictObject({
  rule: z.string(),
  /** Whose rules it stands in: `tyrian`, or the name of a folder. */
  namespace: z.string(),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Bytes from the beginning, and how many; what stands there is not told. */
  strings: z.array(z.strictObject({ id: z.string(), offset: count, length: count })).max(maxScanStrings),
  strings_truncated: z.boolean(),
});
export type ScanMatch = z.infer<typeof ScanMatch>;

export const FileScan = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: count,
  /** That the scan took, without waiting. */
  milliseconds: count,
  /** By namespace, then rule. */
  matches: z.array(ScanMatch).max(maxScanMatches),
  truncated: z.boolean(),
});
export type FileScan = z.infer<typeof FileScan>;

export const ScanDiagnostic = z.strictObject({
  code: z.string(),
  namespace: z.string(),
  /** Within the folder of its namespace. */
  file: z.string(),
  /** From 1; 0 where it is about the whole file. */
  line: count,
  column: count,
  message: z.string(),
});
export type ScanDiagnostic = z.infer<typeof ScanDiagnostic>;

export const ScanRules = z.strictObject({
  /** Rule files that are in use. */
  namespaces: z.array(z.strictObject({ name: z.string(), files: count })),
  /** What is wrong with others: their rules are not used. */
  diagnostics: z.array(ScanDiagnostic).max(maxScanDiagnostics),
  truncated: z.boolean(),
});
export type ScanRules = z.infer<typeof ScanRules>;

export const scanRoutes = {
  scanFile: {
    method: 'POST',
    path: '/v1/files/scan',
    access: 'files:scan',
    summary: 'Scans the bytes of one file with YARA rules; keeps nothing of them. 429 when too many wait',
    body: {
      kind: 'bytes',
      description: 'The file as it is; a Content-Encoding of gzip or zstd is undone first',
    },
    answer: { kind: 'json', statuses: [200], schema: FileScan },
  },
  scanRules: {
    method: 'GET',
    path: '/v1/files/rules',
    access: 'files:scan',
    summary: 'Which YARA rule files are in use, and what is wrong with others',
    answer: { kind: 'json', statuses: [200], schema: ScanRules },
  },
} as const satisfies Record<string, Route>;
