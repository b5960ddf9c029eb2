import { statfs } from 'node:fs/promises';
import type { Config } from '../contracts/index.ts';
import type { Log, Metrics } from '../observe/index.ts';
import type { Notices } from '../respond/index.ts';
import type { SourceWatch } from './source-watch.ts';
import type { Tyrian } from './tyrian.ts';

const everyMilliseconds = 60_000;
/** Milliseconds of receipt that each look at the ledger covers. */
const ledgerMilliseconds = 24 * 3_600_000;

export interface ConditionsInput {
  readonly tyrian: Pick<Tyrian, 'ledger' | 'folder'>;
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly notices: Notices;
  readonly sources: SourceWatch;
  /** Whether rows of a tenant are being erased: what is written down of them and what is there differ meanwhile. */
  readonly isErasing: (tenant: string) => Promise<boolean>;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Once a minute, until the signal aborts: does the ledger add up, is a source silent, does the disk fill. What is wrong is a notice
 * (told once, again every day, and when it ends) and a metric.
 */
export async function watchConditions(input: ConditionsInput, signal: AbortSignal): Promise<void> {
  const { metrics, log, pause } = input;
  const unbalanced = metrics.gauge({
    name: 'tyrian_ledger_unbalanced_sources',
    help: 'Sources whose records of the last day do not add up',
  })();
  const freeShare = metrics.gauge({
    name: 'tyrian_disk_free_share',
    help: 'Share of the disk of the data folder that is free',
  })();
  while (!signal.aborted) {
    const looks: readonly (readonly [name: string, look: () => Promise<void>])[] = [
      ['ledger', async () => unbalanced.set(await lookAtLedger(input, signal))],
      ['sources', () => lookAtSources(input, signal)],
      ['disk', async () => freeShare.set(await lookAtDisk(input))],
    ];
    for (const [name, look] of looks) {
      try {
        await look();
      } catch (err) {
        if (signal.aborted) return;
        log.warn({ err }, `The watch over ${name} failed; it looks again in a minute`);
      }
    }
    await pause(everyMilliseconds, signal).catch(() => {});
  }
}

/** Gives how many sources do not add up. */
async function lookAtLedger(
  { tyrian, log, notices, isErasing }: ConditionsInput,
  signal: AbortSignal,
): Promise<number> {
  let wrong = 0;
  for (const tenant of await tyrian.ledger.tenants()) {
    if (await isErasing(tenant)) continue;
    const [from, to] = [new Date(Date.now() - ledgerMilliseconds), new Date()];
    const report = await tyrian.ledger.report({ tenant, from, to, signal });
    const lasting = new Set<string>();
    for (const row of report.rows) {
      if (row.balanced) continue;
      const key = `ledger.mismatch/${row.source}`;
      lasting.add(key);
      wrong += 1;
      log.error({ tenant, ...row }, 'The ledger does not add up: rows, markers and log disagree');
      await notices.raise({
        ...{ tenant, key, kind: 'ledger.mismatch', severity: 'critical' },
        subject: `Records of ${row.source} do not add up`,
        details: { ...row },
      });
    }
    await clearOthers(notices, { tenant, kind: 'ledger.mismatch', lasting });
  }
  return wrong;
}

async function lookAtSources({ tyrian, notices, sources }: ConditionsInput, signal: AbortSignal) {
  for (const tenant of await tyrian.ledger.tenants()) {
    const health = await sources.health(tenant, signal);
    const lasting = new Set<string>();
    for (const { source, silent, last_received_at } of health.sources) {
      if (!silent) continue;
      const key = `source.silent/${source}`;
      lasting.add(key);
      await notices.raise({
        ...{ tenant, key, kind: 'source.silent', severity: 'medium' },
        subject: `Nothing comes from ${source} any more`,
        details: { source, last_received_at },
      });
    }
    await clearOthers(notices, { tenant, kind: 'source.silent', lasting });
  }
}

/** What was wrong ends when a look does not find it: the source is well, or so long gone that nobody asks for it any more. */
async function clearOthers(
  notices: Notices,
  found: { readonly tenant: string; readonly kind: string; readonly lasting: ReadonlySet<string> },
): Promise<void> {
  const { tenant, kind, lasting } = found;
  for (const open of await notices.open(tenant))
    if (open.kind === kind && !lasting.has(open.key)) await notices.clear({ tenant, key: open.key });
}

/** Disks are the operator's: told to the tenant of this machine. Gives the share that is free. */
async function lookAtDisk({ tyrian, config, notices }: ConditionsInput): Promise<number> {
  const { bavail, blocks, bsize } = await statfs(tyrian.folder.path);
  const share = bavail / blocks;
  const { tenant } = config;
  const key = 'disk.low';
  if (share >= config.health.disk_warning_share) await notices.clear({ tenant, key });
  else
    await notices.raise({
      ...{ tenant, key, kind: 'disk.low', subject: 'The disk of the data folder fills up' },
      severity: share < config.log.min_free_disk_share ? 'critical' : 'high',
      details: { free_bytes: bavail * bsize, free_share: Math.round(share * 1_000) / 1_000 },
    });
  return share;
}
