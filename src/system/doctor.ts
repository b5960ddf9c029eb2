import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { freemem, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../contracts/index.ts';
import { openTopics } from '../log/index.ts';
import { loadCatalogue, ownSources } from '../normalise/index.ts';
import { loadPack, ownRules } from '../rules/index.ts';
import { trust } from '../sql/index.ts';
import { openState } from '../state/index.ts';
import { openStore } from '../store/index.ts';
import { holderOf } from './data-folder.ts';

/** What one look found. `mend` says what to do; '' when nothing has to be done. */
export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'warning' | 'failed';
  readonly says: string;
  readonly mend: string;
}

const neededNode = 24;
const gibibyte = 1024 ** 3;
const wantedMemory = 4 * gibibyte;
const neededMemory = 2 * gibibyte;
const wantedFiles = 4_096;
/** No sound clock stands before the day on which this was written. */
const earliest = Date.UTC(2026, 10, 1);
const modelMilliseconds = 5_000;

/** Looks at all that Tyrian needs of this machine and its configuration. Changes nothing in the data folder. */
export async function examine(config: Config, signal: AbortSignal): Promise<readonly Finding[]> {
  const looks: readonly (readonly [name: string, look: () => Look | Promise<Look>])[] = [
    ['node', lookAtNode],
    ['memory', lookAtMemory],
    ['files', lookAtOpenFiles],
    ['clock', () => lookAtClock(config.data_folder)],
    ['data folder', () => lookAtFolder(config.data_folder)],
    ['disk', () => lookAtDisk(config)],
    ['folder lock', () => lookAtLock(config.data_folder)],
    ['telemetry store', () => withTemporary(tryStore)],
    ['workflow state', () => withTemporary(tryState)],
    ['log', () => withTemporary(tryLog)],
    ['sources', () => lookAtSources(config)],
    ['rules', () => lookAtRules(config)],
    ['model', () => lookAtModel(config, signal)],
  ];
  const findings: Finding[] = [];
  for (const [name, look] of looks) {
    signal.throwIfAborted();
    findings.push({ name, ...(await looked(look)) });
  }
  return findings;
}

type Look = Omit<Finding, 'name'>;

const good = (says: string): Look => ({ state: 'good', says, mend: '' });
const warning = (says: string, mend: string): Look => ({ state: 'warning', says, mend });
const failed = (says: string, mend: string): Look => ({ state: 'failed', says, mend });

async function looked(look: () => Look | Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return failed(says, 'The message says what is wrong; after mending it run the doctor again.');
  }
}

function lookAtNode(): Look {
  const { node } = process.versions;
  return Number(node.split('.')[0]) >= neededNode
    ? good(`Node ${node}`)
    : failed(`Node ${node}`, `Install Node ${neededNode} or newer, or start by "npx tyrian" in a clone.`);
}

function lookAtMemory(): Look {
  const says = `${gib(totalmem())} in all, ${gib(freemem())} free`;
  if (totalmem() < neededMemory)
    return failed(says, 'Tyrian needs 2 GiB; give the machine or container more memory.');
  if (totalmem() < wantedMemory)
    return warning(says, 'Large imports take about 2 GiB: set pipeline.backlog_batch_records to 20000.');
  return good(says);
}

/** `/proc/self/limits` (proc(5)); elsewhere there is nothing to read. */
function lookAtOpenFiles(): Look {
  if (!existsSync('/proc/self/limits')) return good('this system does not tell the limit of open files');
  const [, soft = ''] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return soft === 'unlimited' || Number(soft) >= wantedFiles
    ? good(`up to ${soft} open files`)
    : warning(`up to ${soft} open files`, `Raise the limit: ulimit -n ${wantedFiles}`);
}

/** Rows are stamped with the clock and must rise: one that stands before what was written last stops nothing, but misleads. */
function lookAtClock(folder: string): Look {
  const now = Date.now();
  const says = `${new Date(now).toISOString()}`;
  const mend = 'Set the clock, and keep it by NTP (systemd-timesyncd, chrony).';
  if (now < earliest) return failed(`${says} is before this program was written`, mend);
  const written = statSync(join(folder, 'holder.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return written > now + 60_000
    ? failed(`${says}, but the data folder was used at ${new Date(written).toISOString()}`, mend)
    : good(says);
}

function lookAtFolder(folder: string): Look {
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) {
    accessSync(nearest(folder), constants.W_OK);
    return good(`${folder} will be made at the first start`);
  }
  if (!status.isDirectory()) return failed(`${folder} is no folder`, 'Name another data_folder.');
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const open = process.platform !== 'win32' && (status.mode & 0o077) !== 0;
  return open
    ? warning(`${folder} can be entered by others`, `chmod 700 '${folder}'`)
    : good(`${folder} is there and the owner's alone`);
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}

function lookAtDisk({ data_folder, log, health }: Config): Look {
  const { bavail, blocks, bsize } = statfsSync(nearest(data_folder));
  const share = bavail / blocks;
  const says = `${gib(bavail * bsize)} free, ${(share * 100).toFixed(1)} %`;
  if (share < log.min_free_disk_share)
    return failed(
      says,
      `Intake stops below ${log.min_free_disk_share * 100} % (log.min_free_disk_share): free space, or shorten retention.*_days.`,
    );
  return share < health.disk_warning_share
    ? warning(says, 'Free space soon, or shorten retention.*_days.')
    : good(says);
}

function lookAtLock(folder: string): Look {
  const holder = holderOf(folder);
  if (holder === undefined) return good('nobody holds the data folder');
  const { command, pid, url, socket } = holder;
  const reach =
    url === '' ? (socket === '' ? 'it can not be reached yet' : 'commands reach it') : `at ${url}`;
  return good(`held by "tyrian ${command}" (process ${pid}); ${reach}`);
}

async function withTemporary(work: (folder: string) => Promise<string>): Promise<Look> {
  const folder = mkdtempSync(join(tmpdir(), 'tyrian-doctor-'));
  try {
    return good(await work(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tryStore(folder: string): Promise<string> {
  const store = await openStore({ folder });
  try {
    const [row] = await store.rows(trust('SELECT version() AS version'));
    return `ClickHouse ${String(row?.version)} runs in a folder of its own`;
  } finally {
    await store.close();
  }
}

async function tryState(folder: string): Promise<string> {
  const state = await openState({ folder, migrations: [] });
  try {
    const [row] = await state.query('SHOW server_version');
    return `Postgres ${String(row?.server_version)} runs in a folder of its own`;
  } finally {
    await state.close();
  }
}

async function tryLog(folder: string): Promise<string> {
  const topics = await openTopics({ folder });
  try {
    await topics.append('doctor', [Buffer.from('a')]);
    return 'LMDB writes to disk';
  } finally {
    await topics.close();
  }
}

function lookAtSources({ sources }: Config): Look {
  const folders = sources.folder === undefined ? [ownSources] : [ownSources, sources.folder];
  const catalogue = loadCatalogue(folders);
  return good(`${catalogue.sources.length} sources are understood`);
}

function lookAtRules({ rules }: Config): Look {
  const packs = [ownRules, ...(rules.folder === undefined ? [] : [rules.folder])].map((path) =>
    loadPack(path),
  );
  const loaded = packs.reduce((sum, pack) => sum + pack.rules.length, 0);
  const errors = packs
    .flatMap(({ diagnostics }) => diagnostics)
    .filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return first === undefined
    ? good(`${loaded} rules are sound`)
    : warning(
        `${loaded} rules are sound, ${errors.length} faults in others`,
        `First: ${first.file}:${first.line}:${first.column} ${first.message}. All: tyrian rules check PATH`,
      );
}

async function lookAtModel({ model }: Config, signal: AbortSignal): Promise<Look> {
  if (model.base_url === undefined) return good('none is configured: the offline analyst answers');
  const url = `${model.base_url.replace(/\/+$/, '')}/models`;
  const mend = 'Check model.base_url and model.api_key, and that the server runs.';
  try {
    const response = await fetch(url, {
      headers: model.api_key === undefined ? {} : { authorization: `Bearer ${model.api_key}` },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(modelMilliseconds)]),
    });
    await response.body?.cancel();
    return response.ok
      ? good(`${model.name} at ${model.base_url} answers`)
      : failed(`${model.base_url} answers ${response.status}`, mend);
  } catch {
    return failed(`${model.base_url} does not answer`, mend);
  }
}

const gib = (bytes: number) => `${(bytes / gibibyte).toFixed(1)} GiB`;
