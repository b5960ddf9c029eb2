import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type FileProblem, readRecords } from '../intake/index.ts';
import {
  createFollowedCatalogue,
  mendOf,
  ownSources,
  readSources,
  type SourceCatalogue,
  type SourceText,
  type Trial,
  TrialCount,
  type TrialSummary,
  tryRecord,
} from '../normalise/index.ts';
import { cliErrors } from './errors.ts';

/** What a sample becomes: the first records one by one, and all of them counted. */
export interface SampleReport {
  readonly records: readonly Trial[];
  readonly summary: TrialSummary;
  readonly problems: readonly FileProblem[];
}

/** The sources of a folder, or the one source that the folder itself is. */
export function sourcesIn(folder: string): readonly SourceText[] {
  const path = resolve(folder);
  const isOne = existsSync(join(path, 'mapping.yaml'));
  const found = readSources(isOne ? dirname(path) : path);
  return isOne ? found.filter(({ source }) => source === basename(path)) : found;
}

/** The program's sources with those of the folders in front: as a server with these folders has them. */
export function catalogueWith(folders: readonly string[]): SourceCatalogue {
  const texts = [...readSources(ownSources), ...folders.flatMap(sourcesIn)];
  return createFollowedCatalogue([...new Map(texts.map((text) => [text.source, text])).values()]);
}

/** Reads a sample as an import would and tells what becomes of it; nothing is stored or opened. */
export async function trySample(request: {
  readonly paths: readonly string[];
  readonly source: string | undefined;
  readonly catalogue: SourceCatalogue;
  /** Records that are told one by one. */
  readonly shown: number;
  /** Milliseconds since the epoch: what times without a year are read by. */
  readonly now: number;
  readonly signal: AbortSignal;
}): Promise<SampleReport> {
  const { paths, source, catalogue, shown, now, signal } = request;
  if (source !== undefined && !catalogue.sources.includes(source)) {
    const known = catalogue.sources.join(', ');
    throw cliErrors.make('source', `There is no source '${source}'; there are ${known}`);
  }
  const records: Trial[] = [];
  const counts = new TrialCount();
  const { problems } = await readRecords({
    ...{ paths, source, sources: catalogue, signal },
    onRecord(record) {
      const { fault, ...rest } = record;
      const trial =
        fault === undefined
          ? tryRecord(catalogue, { ...rest, receivedAt: now })
          : framingTrial(record, fault);
      counts.add(trial);
      if (records.length < shown) records.push(trial);
    },
  });
  signal.throwIfAborted();
  return { records, summary: counts.summary(), problems };
}

function framingTrial(
  { source, form }: { readonly source: string; readonly form: string },
  { code, message }: { readonly code: string; readonly message: string },
): Trial {
  return { kind: 'dead', source, form, code, path: '', message, mend: mendOf(code) };
}
