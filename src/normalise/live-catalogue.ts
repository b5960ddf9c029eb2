import { ownSources } from './catalogue.ts';
import { Followed, type FollowedCatalogue } from './followed-catalogue.ts';
import {
  compileSource,
  type FolderLook,
  FolderReader,
  isSameSource,
  readSources,
  type SourceText,
} from './source-text.ts';

const defaultPollMilliseconds = 1_000;

/** Names of sources; each list sorted. */
export interface SourcesChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Of added and changed: those that stand in for one of the program's own. */
  readonly instead_of_own: readonly string[];
}

/** A source, or a whole folder, that could not be taken up; what was known of it before stays in force. */
export interface SourceFault {
  /** '' when the folder itself is at fault. */
  readonly source: string;
  readonly folder: string;
  readonly code: string;
  /** Names file, line and column where it can. */
  readonly message: string;
  /** Whether an earlier version of the source is in force. */
  readonly in_force: boolean;
}

export interface LiveStatus {
  /** When the folders were last looked at. */
  readonly checkedAt: Date;
  readonly folders: readonly string[];
  readonly sources: readonly {
    readonly source: string;
    readonly version: number;
    /** Folder that it was read from; undefined for the program's own. */
    readonly folder: string | undefined;
  }[];
  readonly faults: readonly SourceFault[];
}

export interface LiveCatalogue extends Omit<FollowedCatalogue, 'adopt'> {
  /** What is in force now, for a thread that follows (`createFollowedCatalogue`). */
  texts(): readonly SourceText[];
  status(): LiveStatus;
  /** Looks at the folders now; resolves when what changed is in force. */
  refresh(): Promise<void>;
  /** Ends the looking; resolves when none is under way. */
  close(): Promise<void>;
}

export interface LiveCatalogueOptions {
  /** Folders of sources that must be sound when the program starts; the program's own unless told otherwise. */
  readonly own?: readonly string[] | undefined;
  /** Folders that are looked at again and again; of equal names the later wins, and any over our own. */
  readonly folders: readonly string[];
  /**
   * Awaited before a change is in force here, so that a thread that follows knows a source before the first record of
   * it is taken. A rejection leaves things as they are until the next look.
   */
  readonly beforeChange?: (sources: readonly SourceText[]) => Promise<void>;
  readonly onChange: (change: SourcesChange) => void;
  /** Called once for a fault, not at every look. */
  readonly onFault: (fault: SourceFault) => void;
  readonly clock: () => Date;
  readonly pollMilliseconds?: number;
}

/**
 * Loads the sources and keeps up with the folders of a user. A change is compiled aside and swapped in whole when it is
 * sound; a mapping that is not leaves the old one in force. A folder that can't be read loses nothing.
 * Rejects with `normalise.mapping_invalid` for the program's own sources only.
 */
export async function createLiveCatalogue(options: LiveCatalogueOptions): Promise<LiveCatalogue> {
  const live = new Live(options);
  await live.refresh();
  live.watch();
  return live;
}

class Watched {
  readonly folder: string;
  readonly reader: FolderReader;
  /** Sound sources by name. */
  readonly sound = new Map<string, SourceText>();
  readonly faults = new Map<
    string,
    { readonly tried: SourceText | undefined; readonly fault: SourceFault }
  >();

  constructor(folder: string) {
    this.folder = folder;
    this.reader = new FolderReader(folder);
  }
}

class Live extends Followed implements LiveCatalogue {
  readonly #options: LiveCatalogueOptions;
  readonly #own: ReadonlyMap<string, SourceText>;
  readonly #watched: readonly Watched[];
  #checkedAt: Date;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: LiveCatalogueOptions) {
    super();
    this.#options = options;
    const own = (options.own ?? [ownSources]).flatMap(readSources);
    this.#own = new Map(own.map((source) => [source.source, source]));
    this.adopt([...this.#own.values()]);
    this.#watched = options.folders.map((folder) => new Watched(folder));
    this.#checkedAt = options.clock();
  }

  watch(): void {
    if (this.#watched.length === 0 || this.#isClosed) return;
    this.#timer = setTimeout(async () => {
      await this.refresh();
      this.watch();
    }, this.#options.pollMilliseconds ?? defaultPollMilliseconds);
    this.#timer.unref();
  }

  refresh(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const now = this.#options.clock();
    for (const watched of this.#watched) {
      const look = await watched.reader.look(now.getTime()).catch((error: unknown) => asError(error));
      if (look instanceof Error) this.#fault(watched, '', undefined, look);
      else this.#take(watched, look);
    }
    this.#checkedAt = now;
    await this.#swap();
  }

  #take(watched: Watched, look: FolderLook): void {
    watched.faults.delete('');
    for (const names of [watched.sound, watched.faults])
      for (const name of [...names.keys()]) if (!look.has(name)) names.delete(name);
    for (const [name, found] of look) {
      if (found instanceof Error) this.#fault(watched, name, undefined, found);
      else this.#try(watched, found);
    }
  }

  #try(watched: Watched, text: SourceText): void {
    const name = text.source;
    const isSame = isSameSource(watched.sound.get(name), text);
    if (isSame) watched.faults.delete(name);
    if (isSame || isSameSource(watched.faults.get(name)?.tried, text)) return;
    try {
      compileSource(text);
      watched.sound.set(name, text);
      watched.faults.delete(name);
    } catch (error) {
      this.#fault(watched, name, text, asError(error));
    }
  }

  #fault(watched: Watched, source: string, tried: SourceText | undefined, error: Error): void {
    const known = watched.faults.get(source);
    const fault = {
      source,
      folder: watched.folder,
      code: 'code' in error ? String(error.code) : '',
      message: error.message,
      in_force: source === '' ? watched.sound.size > 0 : watched.sound.has(source),
    };
    watched.faults.set(source, { tried, fault });
    const isKnown = known?.fault.message === fault.message && known.tried === tried;
    if (!isKnown) this.#options.onFault(fault);
  }

  async #swap(): Promise<void> {
    const named = new Map(this.#own);
    for (const { sound } of this.#watched) for (const [name, text] of sound) named.set(name, text);
    const change = differenceOf(this.texts(), named, this.#own);
    if (change === undefined) return;
    const texts = [...named.values()];
    try {
      await this.#options.beforeChange?.(texts);
    } catch (error) {
      const [watched] = this.#watched;
      if (watched !== undefined) this.#fault(watched, '', undefined, asError(error));
      return;
    }
    this.adopt(texts);
    this.#options.onChange(change);
  }

  status(): LiveStatus {
    const folderOf = (source: string) => this.#watched.findLast(({ sound }) => sound.has(source))?.folder;
    return {
      checkedAt: this.#checkedAt,
      folders: this.#watched.map(({ folder }) => folder),
      sources: this.sources.map((source) => ({
        source,
        version: this.compiled(source)?.mapping.version ?? 1,
        folder: folderOf(source),
      })),
      faults: this.#watched.flatMap(({ faults }) => [...faults.values()].map(({ fault }) => fault)),
    };
  }
}

/** Undefined when nothing changed. */
function differenceOf(
  before: readonly SourceText[],
  after: ReadonlyMap<string, SourceText>,
  own: ReadonlyMap<string, SourceText>,
): SourcesChange | undefined {
  const known = new Map(before.map((text) => [text.source, text]));
  const isNew = (text: SourceText) => {
    const old = known.get(text.source);
    return old !== undefined && !isSameSource(old, text);
  };
  const added = [...after.keys()].filter((name) => !known.has(name)).sort();
  const changed = [...after.values()]
    .filter(isNew)
    .map(({ source }) => source)
    .sort();
  const removed = [...known.keys()].filter((name) => !after.has(name)).sort();
  if (added.length + changed.length + removed.length === 0) return undefined;
  const insteadOfOwn = [...added, ...changed].filter(
    (name) => own.has(name) && after.get(name) !== own.get(name),
  );
  return { added, changed, removed, instead_of_own: insteadOfOwn };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
