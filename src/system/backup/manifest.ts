import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, readdir, readFile, readlink, rename, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import * as z from 'zod';
import { systemErrors } from '../errors.ts';

/** Written last: a folder without it is no backup. */
export const manifestFile = 'backup.json';
const manifestVersion = 1;
const chunkBytes = 1024 * 1024;

const count = z.int().nonnegative();
/** Below the backup's folder, with `/`, and never out of it. */
const Inside = z
  .string()
  .min(1)
  .max(1_000)
  .refine((path) => isInside(path), { error: 'a path that leads out of the folder' });

const Versions = z.object({
  kind: z.literal('tyrian-backup'),
  version: z.int().positive(),
  data_folder: z.int().positive(),
});

/** What a backup holds, and that each file of it is as it was written. Times are UTC. */
export const Manifest = Versions.extend({
  /** Version of the program that made it. */
  program: z.string(),
  /** All that was acknowledged before is in it. */
  began_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  /** Rows of each table of the telemetry store; what is not stored yet is in the log. */
  rows: z.record(z.string(), count),
  /** Entries that each topic of the journal had when the backup began. */
  entries: z.record(z.string(), count),
  bytes: count,
  files: z.array(z.strictObject({ path: Inside, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  /** Links that the store's folder has; their targets are relative. */
  links: z.array(z.strictObject({ path: Inside, target: z.string().min(1).max(1_000) })),
}).refine(
  ({ links }) => links.every(({ path, target }) => !isAbsolute(target) && isInside(join(path, '..', target))),
  { error: 'a link that leads out of the folder' },
);
export type Manifest = z.infer<typeof Manifest>;

function isInside(path: string): boolean {
  return !isAbsolute(path) && !normalize(path).split(sep).includes('..');
}

/** Reads what lies in a folder and writes down what it is; from then on the folder is a backup. */
export async function writeManifest(
  folder: string,
  what: Pick<Manifest, 'data_folder' | 'program' | 'began_at' | 'rows' | 'entries'>,
  { clock, signal }: { readonly clock: () => number; readonly signal: AbortSignal },
): Promise<Manifest> {
  const { files, links } = await contentsOf(folder, signal);
  const manifest: Manifest = {
    ...{ kind: 'tyrian-backup', version: manifestVersion, ...what },
    ended_at: new Date(clock()).toISOString(),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...{ files, links },
  };
  const draft = join(folder, `${manifestFile}.new`);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(manifest));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(folder, manifestFile));
  await syncFolder(folder);
  return manifest;
}

async function contentsOf(folder: string, signal: AbortSignal) {
  const files: Manifest['files'] = [];
  const links: Manifest['links'] = [];
  const found = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const entry of found) {
    signal.throwIfAborted();
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isSymbolicLink()) links.push({ path: name, target: await readlink(path) });
    else if (entry.isFile()) files.push({ path: name, ...(await measure(path, signal)) });
  }
  return { files, links };
}

async function measure(path: string, signal: AbortSignal) {
  const sha256 = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal })) {
    sha256.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: sha256.digest('hex') };
}

/** The manifest of a backup. Throws `system.backup_broken`, `system.backup_newer`. */
export async function readManifest(
  folder: string,
  known: { readonly dataFolder: number },
): Promise<Manifest> {
  const text = await readFile(join(folder, manifestFile), 'utf8').catch((cause: unknown) => {
    throw broken(
      `${folder} has no ${manifestFile}: it is no backup, or one that did not come to its end`,
      cause,
    );
  });
  const json = parsed(text);
  const versions = Versions.safeParse(json);
  if (!versions.success) throw broken(`${manifestFile} in ${folder} describes no backup`, versions.error);
  const { version, data_folder } = versions.data;
  if (version > manifestVersion || data_folder > known.dataFolder)
    throw systemErrors.make(
      'backup_newer',
      `${folder} was made by a newer program; restore it with that one`,
    );
  const manifest = Manifest.safeParse(json);
  if (manifest.success) return manifest.data;
  throw broken(`${manifestFile} in ${folder} is damaged`, manifest.error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Copies one file of a backup, on disk when it resolves. Throws `system.backup_broken` when it is not as it was written. */
export async function copyChecked(
  from: string,
  to: string,
  file: Manifest['files'][number],
  signal: AbortSignal,
): Promise<void> {
  const sha256 = createHash('sha256');
  const { size } = await stat(from).catch((cause: unknown) => {
    throw broken(`${file.path} is missing`, cause);
  });
  if (size !== file.bytes) throw broken(`${file.path} has ${size} bytes instead of ${file.bytes}`);
  const target = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: chunkBytes, signal })) {
      sha256.update(chunk as Buffer);
      await target.writeFile(chunk as Buffer);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  if (sha256.digest('hex') !== file.sha256) throw broken(`${file.path} is not as it was written`);
}

const broken = (what: string, cause?: unknown) =>
  systemErrors.make('backup_broken', `The backup can not be used: ${what}`, { cause });

/** Makes what was created or renamed in a folder last through power loss. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder; its file systems journal the name with the file.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
