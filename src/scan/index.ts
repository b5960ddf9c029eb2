/**
 * Scan: bytes against YARA rules, in threads of its own, so that neither the event loop nor questions wait for it. The library stands
 * behind a port and is loaded at the first scan; where the platform has none, a scan says so and nothing else changes. Keeps no bytes,
 * reads no file but rule files, and draws no conclusion from a hit.
 */
export { createScanner, type Scanner, type ScannerOptions } from './pool.ts';
export { ownYaraRules, type RuleFolder, ruleFolderOf } from './rule-folder.ts';
