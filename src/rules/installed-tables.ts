import * as z from 'zod';
import { maxPackVersions } from '../contracts/index.ts';
import type { Projection, RecordedChange } from '../journal/index.ts';
import type { StateMigration, StateSession } from '../state/index.ts';

const migrations: readonly StateMigration[] = [
  {
    room: 'rule_packs',
    version: 1,
    sql: `
      CREATE TABLE rule_packs (
        name text PRIMARY KEY,
        version integer,
        last_version integer NOT NULL
      );
      CREATE TABLE rule_pack_versions (
        name text NOT NULL,
        version integer NOT NULL,
        upload text NOT NULL UNIQUE,
        content text NOT NULL,
        head jsonb NOT NULL,
        files integer NOT NULL,
        installed_by text NOT NULL,
        installed_at timestamptz NOT NULL,
        PRIMARY KEY (name, version)
      );
      CREATE TABLE rule_pack_files (
        upload text NOT NULL,
        path text NOT NULL,
        sha256 text NOT NULL,
        PRIMARY KEY (upload, path)
      );
      CREATE TABLE rule_pack_texts (
        sha256 text PRIMARY KEY,
        gzip_base64 text NOT NULL
      );
    `,
  },
];

/** What a pack says of itself, made whole. */
export const StoredHead = z.strictObject({
  title: z.string(),
  license: z.string(),
  author: z.string(),
  source: z.string(),
});
export type StoredHead = z.infer<typeof StoredHead>;

/** Kinds of changes. A pack is larger than one entry of the journal may be: its files come first, in parts, under the id of the upload. */
export const packKinds = {
  part: 'rules.pack_part',
  installed: 'rules.pack_installed',
  inForce: 'rules.pack_in_force',
  removed: 'rules.pack_removed',
} as const;

/** Texts are compressed (gzip, Base64), each once: what is known already is only named. */
export const PackPart = z.object({
  upload: z.string(),
  files: z.array(z.object({ path: z.string(), sha256: z.string() })),
  texts: z.array(z.object({ sha256: z.string(), gzip: z.string() })),
});
export type PackPart = z.infer<typeof PackPart>;

const PackInstalled = z.object({
  upload: z.string(),
  name: z.string(),
  version: z.int().positive(),
  content: z.string(),
  files: z.int().positive(),
  head: StoredHead,
});
const PackInForce = z.object({ name: z.string(), version: z.int().positive() });
const PackRemoved = z.object({ name: z.string() });

/** Tables of the packs that were installed, made from the journal. They are the installation's, of no tenant. */
export function rulePacksProjection(): Projection {
  return {
    name: 'rule_packs',
    migrations,
    tables: ['rule_packs', 'rule_pack_versions', 'rule_pack_files', 'rule_pack_texts'],
    kinds: Object.values(packKinds),
    audited: ['name', 'version', 'content'],
    async applyChange(session, change) {
      switch (change.kind) {
        case packKinds.part:
          return await applyPart(session, PackPart.parse(change.data));
        case packKinds.installed:
          return await applyInstalled(session, change);
        case packKinds.inForce: {
          const { name, version } = PackInForce.parse(change.data);
          await session.query('UPDATE rule_packs SET version = $2 WHERE name = $1', [name, version]);
          return;
        }
        case packKinds.removed: {
          const { name } = PackRemoved.parse(change.data);
          await session.query('UPDATE rule_packs SET version = NULL WHERE name = $1', [name]);
          await session.query('DELETE FROM rule_pack_versions WHERE name = $1', [name]);
          return await sweep(session);
        }
      }
    },
  };
}

async function applyPart(session: StateSession, { upload, files, texts }: PackPart): Promise<void> {
  await session.query(
    'INSERT INTO rule_pack_texts (sha256, gzip_base64) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [texts.map(({ sha256 }) => sha256), texts.map(({ gzip }) => gzip)],
  );
  await session.query(
    'INSERT INTO rule_pack_files (upload, path, sha256) SELECT $1, * FROM unnest($2::text[], $3::text[]) ON CONFLICT DO NOTHING',
    [upload, files.map(({ path }) => path), files.map(({ sha256 }) => sha256)],
  );
}

async function applyInstalled(session: StateSession, { data, by, at }: RecordedChange): Promise<void> {
  const { name, version, upload, content, head, files } = PackInstalled.parse(data);
  await session.query(
    'INSERT INTO rule_pack_versions (name, version, upload, content, head, files, installed_by, installed_at) ' +
      'VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [name, version, upload, content, head, files, by.name, at],
  );
  await session.query(
    'INSERT INTO rule_packs (name, version, last_version) VALUES ($1, $2, $2) ' +
      'ON CONFLICT (name) DO UPDATE SET version = $2, last_version = $2',
    [name, version],
  );
  await session.query('DELETE FROM rule_pack_versions WHERE name = $1 AND version <= $2', [
    name,
    version - maxPackVersions,
  ]);
  await sweep(session);
}

/** Nothing is kept of files that no version has: of versions that went, and of uploads that never became one. */
async function sweep(session: StateSession): Promise<void> {
  await session.query(
    'DELETE FROM rule_pack_files WHERE upload NOT IN (SELECT upload FROM rule_pack_versions)',
  );
  await session.query('DELETE FROM rule_pack_texts WHERE sha256 NOT IN (SELECT sha256 FROM rule_pack_files)');
}
