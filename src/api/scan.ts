import type { scanRoutes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import type { Scanner } from '../scan/index.ts';

export interface ScanDependencies {
  readonly scanner: Pick<Scanner, 'scan' | 'rules'>;
}

/** Bytes against YARA rules, which are the same for all tenants; nothing of the bytes is kept or logged but their hash. */
export function scanHandlers({ scanner }: ScanDependencies): RouteHandlers<typeof scanRoutes> {
  return {
    async scanFile({ body, signal, log }) {
      const scan = await scanner.scan(body, signal);
      const { sha256, size, milliseconds, matches } = scan;
      log.debug({ sha256, size, milliseconds, matches: matches.length }, 'a file was scanned');
      return { body: scan };
    },
    scanRules: async ({ signal }) => ({ body: await scanner.rules(signal) }),
  };
}
