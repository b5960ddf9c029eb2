import { type Actor, maxInstalledPacks, RulePackVersion } from '../contracts/index.ts';
import type { Journal } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import { rulesErrors } from './errors.ts';
import { packKinds, StoredHead } from './installed-tables.ts';
import { inSlices, packOf, type RulePack } from './pack.ts';
import { readPlaceholders } from './pack-settings.ts';
import { parseFile } from './parsed-file.ts';
import { isRuleFile, placeholdersName } from './rule-folder.ts';
import { type PackFile, partsOf, textOf, type UploadedPack } from './uploaded-files.ts';

/** Files read from the tables at once. */
const filesAtOnce = 1_000;

/** A pack in force, and which version of it. */
export interface InstalledPack {
  readonly pack: RulePack;
  readonly version: number;
  readonly content: string;
}

interface Change {
  readonly tenant: string;
  readonly by: Actor;
  readonly name: string;
}

/**
 * The packs of this installation that are kept in the state. A change is parsed aside, in slices, recorded in the journal, and then takes the
 * place of what was in force as a whole; changes are made one at a time.
 */
export interface InstalledPacks {
  /** Those in force, by name. */
  inForce(): readonly InstalledPack[];
  /** By name; newest version first. */
  versions(): Promise<ReadonlyMap<string, readonly RulePackVersion[]>>;
  /** Undefined when exactly this is in force already. Throws `rules.pack_invalid`, `rules.too_many_packs`, what the journal throws. */
  install(order: Change & { readonly upload: UploadedPack }): Promise<InstalledPack | undefined>;
  /** Throws `rules.unknown_pack`, `rules.unknown_version`, what the journal throws. */
  rollBack(order: Change & { readonly version: number | undefined }): Promise<InstalledPack>;
  /** Gives what was in force. Throws `rules.unknown_pack`, what the journal throws. */
  uninstall(order: Change): Promise<InstalledPack>;
  /** What is under way ends before it changes anything more. */
  close(): Promise<void>;
}

/** Reads and parses the packs in force. `onChange` is called after each change. */
export async function openInstalledPacks(options: {
  readonly state: State;
  readonly journal: Journal;
  readonly onChange: () => void;
}): Promise<InstalledPacks> {
  const packs = new Packs(options);
  await packs.open();
  return packs;
}

class Packs implements InstalledPacks {
  readonly #state: State;
  readonly #journal: Journal;
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  #packs: ReadonlyMap<string, InstalledPack> = new Map();
  /** The end of the change that is under way. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: Parameters<typeof openInstalledPacks>[0]) {
    this.#state = options.state;
    this.#journal = options.journal;
    this.#onChange = options.onChange;
  }

  async open(): Promise<void> {
    const rows = await this.#state.query('SELECT name, version FROM rule_packs WHERE version IS NOT NULL');
    const packs = new Map<string, InstalledPack>();
    for (const { name, version } of rows)
      packs.set(String(name), await this.#load(String(name), Number(version)));
    this.#packs = packs;
  }

  inForce(): readonly InstalledPack[] {
    return [...this.#packs.values()].sort((a, b) => (a.pack.name < b.pack.name ? -1 : 1));
  }

  async versions(): Promise<ReadonlyMap<string, readonly RulePackVersion[]>> {
    const rows = await this.#state.query(
      'SELECT name, version, content, files, installed_by, installed_at FROM rule_pack_versions ORDER BY version DESC',
    );
    const all = rows.map(({ name, ...version }) => [String(name), RulePackVersion.parse(version)] as const);
    const names = Map.groupBy(all, ([name]) => name);
    return new Map([...names].map(([name, found]) => [name, found.map(([, version]) => version)]));
  }

  install({ upload, ...change }: Parameters<InstalledPacks['install']>[0]) {
    return this.#inTurn(async () => {
      const { name } = change;
      const before = this.#packs.get(name);
      if (before?.content === upload.content) return undefined;
      if (before === undefined && this.#packs.size >= maxInstalledPacks)
        throw rulesErrors.make('too_many_packs', `${maxInstalledPacks} packs are installed`);
      const pack = await this.#parse(name, upload.head, upload.files);
      if (pack.rules.length + pack.correlations.length + pack.filters.length === 0)
        throw rulesErrors.make('pack_invalid', nothingSound(pack));
      const version = await this.#record(change, upload);
      return this.#swap({ pack, version, content: upload.content });
    });
  }

  rollBack({ version: wanted, ...change }: Parameters<InstalledPacks['rollBack']>[0]) {
    return this.#inTurn(async () => {
      const { name } = change;
      const now = this.#known(name);
      const versions = (await this.versions()).get(name) ?? [];
      const found = versions.find(({ version }) =>
        wanted === undefined ? version < now.version : version === wanted,
      );
      if (found === undefined) {
        const kept = versions.map(({ version }) => version).join(', ');
        const which = wanted === undefined ? `none before ${now.version}` : `no version ${wanted}`;
        throw rulesErrors.make('unknown_version', `Of '${name}' there is ${which}; kept are ${kept}`);
      }
      if (found.version === now.version) return now;
      const loaded = await this.#load(name, found.version);
      await this.#change(packKinds.inForce, change, { name, version: found.version });
      return this.#swap(loaded);
    });
  }

  uninstall(change: Change) {
    return this.#inTurn(async () => {
      const { name } = change;
      const now = this.#known(name);
      await this.#change(packKinds.removed, change, { name });
      this.#packs = new Map([...this.#packs].filter(([other]) => other !== name));
      this.#onChange();
      return now;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(() => {
      this.#closing.signal.throwIfAborted();
      return work();
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #known(name: string): InstalledPack {
    const found = this.#packs.get(name);
    if (found === undefined) throw rulesErrors.make('unknown_pack', `No pack '${name}' is installed`);
    return found;
  }

  #swap(next: InstalledPack): InstalledPack {
    this.#packs = new Map([...this.#packs, [next.pack.name, next]]);
    this.#onChange();
    return next;
  }

  async #record(change: Change, { head, files, content }: UploadedPack): Promise<number> {
    const { name } = change;
    const [row] = await this.#state.query('SELECT last_version FROM rule_packs WHERE name = $1', [name]);
    const version = Number(row?.last_version ?? 0) + 1;
    const upload = `${name} ${version} ${content}`;
    const stored = await this.#state.query(
      'SELECT sha256 FROM rule_pack_texts WHERE sha256 = ANY($1::text[])',
      [files.map(({ sha256 }) => sha256)],
    );
    const known = new Set(stored.map(({ sha256 }) => String(sha256)));
    for (const part of partsOf(upload, files, known)) {
      this.#closing.signal.throwIfAborted();
      await this.#change(packKinds.part, change, part);
    }
    const whole = { upload, name, version, content, head, files: files.length };
    await this.#change(packKinds.installed, change, whole);
    return version;
  }

  async #change(
    kind: string,
    { tenant, by }: Change,
    data: Awaited<ReturnType<Parameters<Journal['change']>[1]>>,
  ): Promise<void> {
    await this.#journal.change({ kind, tenant, by }, async () => data);
  }

  async #load(name: string, version: number): Promise<InstalledPack> {
    const [row] = await this.#state.query(
      'SELECT upload, content, head FROM rule_pack_versions WHERE name = $1 AND version = $2',
      [name, version],
    );
    const files = await this.#files(String(row?.upload));
    const pack = await this.#parse(name, StoredHead.parse(row?.head), files);
    return { pack, version, content: String(row?.content) };
  }

  async #files(upload: string): Promise<readonly PackFile[]> {
    const files: PackFile[] = [];
    for (;;) {
      const rows = await this.#state.query(
        'SELECT path, sha256, gzip_base64 FROM rule_pack_files JOIN rule_pack_texts USING (sha256) ' +
          'WHERE upload = $1 AND path > $2 ORDER BY path LIMIT $3',
        [upload, files.at(-1)?.path ?? '', filesAtOnce],
      );
      for (const { path, sha256, gzip_base64 } of rows)
        files.push({ path: String(path), sha256: String(sha256), text: textOf(String(gzip_base64)) });
      if (rows.length < filesAtOnce) return files;
    }
  }

  /** Files that the version in force has too are not parsed again. */
  async #parse(name: string, head: StoredHead, files: readonly PackFile[]): Promise<RulePack> {
    const settings = files.find(({ path }) => path === placeholdersName);
    const placeholders = readPlaceholders(settings?.text ?? '', placeholdersName);
    const byName = new Map(files.map((file) => [`${name}/${file.path}`, file]));
    const before = this.#packs.get(name)?.pack.files ?? new Map();
    const read = (path: string) => {
      const { text, sha256 } = byName.get(path) ?? { text: '', sha256: '' };
      const mark = `${sha256} ${settings?.sha256 ?? ''}`;
      const old = before.get(path);
      return old?.mark === mark ? old : parseFile(text, { file: path, mark, placeholders });
    };
    const rules = [...byName.keys()].filter(isRuleFile);
    const parsed = await inSlices(rules, read, before, this.#closing.signal);
    return packOf({ name, ...head }, name, parsed);
  }
}

function nothingSound({ name, diagnostics }: RulePack): string {
  const [first] = diagnostics;
  const why = first === undefined ? 'has no rule file' : `${first.file}:${first.line}: ${first.message}`;
  return `'${name}' has no sound rule: ${why}`;
}
