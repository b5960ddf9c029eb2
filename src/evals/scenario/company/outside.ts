import type { Random } from '../random.ts';

/** Something on the internet. Addresses are documentation ranges (RFC 5737), names end in `.example`. */
export interface Site {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface Outside {
  readonly websites: readonly Site[];
  readonly updates: Site;
  readonly telemetry: Site;
  readonly offsiteBackup: Site;
  readonly mail: Site;
  /** Visitors of the company's web server. */
  readonly visitors: readonly string[];
  /** The address the office is seen from. */
  readonly officeAddress: string;
  /** Where the hosted build runners call AWS from. */
  readonly runnerAddresses: readonly string[];
  readonly attacker: Attacker;
}

interface Attacker {
  readonly command: Site;
  readonly drop: Site;
  /** Where the stolen key is used from. */
  readonly cloudAddress: string;
}

const topics = [
  'news',
  'maps',
  'recipes',
  'weather',
  'travel',
  'forum',
  'video',
  'music',
  'photos',
  'search',
  'wiki',
  'shop',
  'bank',
  'jobs',
  'docs',
  'mail',
  'code',
  'packages',
  'fonts',
  'cdn',
  'ads',
  'metrics',
  'static',
  'images',
];
const brands = ['bluefin', 'larkspur', 'tidewater', 'copperleaf', 'northgate', 'quillworks', 'sunmeadow'];
const commandNames = ['cdn-metricsync', 'static-fontcache', 'edge-telemetry', 'assets-syncpoint'];
const dropNames = ['files-handoff', 'share-dropzone', 'transfer-lane', 'upload-relay'];

/** RFC 5737: addresses that belong to nobody. */
const documentationRanges = ['192.0.2', '198.51.100', '203.0.113'];

/** The internet as this company sees it. No address has two owners. */
export function createOutside(random: Random): Outside {
  const address = addressPool(random);
  const site = (name: string, count: number): Site => ({
    name: `${name}.example`,
    addresses: Array.from({ length: count }, address),
  });
  return {
    officeAddress: address(),
    runnerAddresses: Array.from({ length: 6 }, address),
    updates: site('download.windows-updates', 3),
    telemetry: site('ingest.gaugeworks', 2),
    offsiteBackup: site('vault.coldharbour-backup', 2),
    mail: site('outlook.mail-host', 4),
    websites: brands.flatMap((brand) => topics.map((topic) => site(`${topic}.${brand}`, 1))),
    visitors: Array.from({ length: 120 }, address),
    attacker: {
      command: { name: `${random.pick(commandNames)}.example`, addresses: [address()] },
      drop: { name: `${random.pick(dropNames)}.example`, addresses: [address()] },
      cloudAddress: address(),
    },
  };
}

/** Hands out the addresses of the documentation ranges in a drawn order; when all are given, it begins again. */
function addressPool(random: Random): () => string {
  const free = documentationRanges.flatMap((range) =>
    Array.from({ length: 253 }, (_, index) => `${range}.${index + 2}`),
  );
  for (let at = free.length - 1; at > 0; at -= 1) {
    const other = random.integer(0, at);
    [free[at], free[other]] = [free[other] as string, free[at] as string];
  }
  let given = -1;
  return () => {
    given += 1;
    return free[given % free.length] as string;
  };
}
