import * as z from 'zod';
import { ImportOrder, type ImportOutcome, maxImportProblems } from '../contracts/index.ts';
import { findFiles, type ImportProgress, type ImportResult } from '../intake/index.ts';
import type { JobContext, JobKind } from '../jobs/index.ts';
import type { Tyrian } from './tyrian.ts';

/** Files that are imported together; behind them the job remembers where it is. */
const slice = { files: 200, bytes: 64 * 1024 * 1024 } as const;
/** A full disk and a killed process are tried again so often. */
const maxAttempts = 5;
const tellEveryMilliseconds = 500;

const count = z.int().nonnegative();

/** What is done: all files up to `last`. */
const Done = z.object({
  last: z.string(),
  files: count,
  bytes: count,
  records: count,
  problems: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
  problemsTotal: count,
});
type Done = z.infer<typeof Done>;

const nothing: Done = { last: '', files: 0, bytes: 0, records: 0, problems: [], problemsTotal: 0 };

interface File {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The kind of an import that the server runs itself: files of its machine, for the tenant of who ordered it. After a restart it goes on
 * behind the files that are done; what of others is in the log already is known again when it comes once more.
 */
export function importKind(
  tyrian: Pick<Tyrian, 'importPaths' | 'settled' | 'totals'>,
  now: () => number,
): JobKind {
  const kind: JobKind<ImportOrder> = {
    name: 'imports.run',
    parameters: ImportOrder,
    maxAttempts,
    run: (context) => runImport(tyrian, context, now),
  };
  return kind as JobKind;
}

async function runImport(
  tyrian: Pick<Tyrian, 'importPaths' | 'settled' | 'totals'>,
  context: JobContext<ImportOrder>,
  now: () => number,
): Promise<ImportOutcome> {
  const { parameters, signal } = context;
  const before = tyrian.totals();
  const { files, problems } = await findFiles(parameters.paths, signal);
  const all = { filesTotal: files.length, bytesTotal: sumOf(files) };
  let done = context.checkpoint === undefined ? nothing : Done.parse(context.checkpoint);
  const tell = teller(context, now);
  for (const part of slicesOf(filesBehind(files, done.last))) {
    const result = await importSlice(tyrian, context, part, (progress) =>
      tell(done.bytes + progress.bytes, all.bytesTotal, noteOf(sum(done, progress), all.filesTotal)),
    );
    signal.throwIfAborted();
    done = withSlice(done, part, result);
    await context.save(done);
  }
  await context.progress(all.bytesTotal, all.bytesTotal, 'All is in the log; waiting for the pipeline');
  await tyrian.settled(signal);
  await context.progress(all.bytesTotal, all.bytesTotal, noteOf(done, all.filesTotal));
  const { last: _, ...sums } = done;
  return {
    ...{ ...sums, ...all },
    ...bounded([...problems, ...done.problems], problems.length + done.problemsTotal),
    totals: totalsOf(before, tyrian.totals(), done.records),
  };
}

function importSlice(
  tyrian: Pick<Tyrian, 'importPaths'>,
  { parameters, tenant, signal }: JobContext<ImportOrder>,
  part: readonly File[],
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult> {
  const paths = part.map(({ path }) => path);
  return tyrian.importPaths({ paths, source: parameters.source, tenant, signal, onProgress });
}

/** The files behind the last one that is done; all when that is gone: nothing is stored twice. */
function filesBehind(files: readonly File[], last: string): readonly File[] {
  return files.slice(files.findIndex(({ path }) => path === last) + 1);
}

function* slicesOf(files: readonly File[]): Generator<readonly File[]> {
  let part: File[] = [];
  for (const file of files) {
    part.push(file);
    if (part.length < slice.files && sumOf(part) < slice.bytes) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

const sumOf = (files: readonly File[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);

const sum = (done: Done, { files, records }: ImportProgress) => ({
  files: done.files + files,
  records: done.records + records,
});

function withSlice(done: Done, part: readonly File[], result: ImportResult): Done {
  const last = part.at(-1)?.path ?? done.last;
  return {
    ...sum(done, result),
    ...{ last, bytes: done.bytes + result.bytes },
    ...bounded([...done.problems, ...result.problems], done.problemsTotal + result.problemsTotal),
  };
}

const bounded = (problems: readonly Done['problems'][number][], problemsTotal: number) => ({
  problems: problems.slice(0, maxImportProblems),
  problemsTotal,
});

const thousands = new Intl.NumberFormat('en-US');

const noteOf = ({ files, records }: { readonly files: number; readonly records: number }, of: number) =>
  `${thousands.format(records)} records, ${thousands.format(files)}/${thousands.format(of)} files`;

/** Tells how far a job is, now and then; one telling at a time. */
function teller({ progress }: JobContext<unknown>, now: () => number) {
  let last = now();
  let telling = false;
  return (done: number, total: number, note: string): void => {
    if (telling || now() - last < tellEveryMilliseconds) return;
    last = now();
    telling = true;
    // A lost lease ends the job by its signal, and by `save`.
    progress(Math.min(done, total), total, note)
      .catch(() => {})
      .finally(() => {
        telling = false;
      });
  };
}

/** The pipeline counts for all that comes in: only where these are exactly as many can they be ours. */
function totalsOf(
  before: ReturnType<Tyrian['totals']>,
  after: ReturnType<Tyrian['totals']>,
  records: number,
): ImportOutcome['totals'] {
  const since = (name: 'stored' | 'joined' | 'duplicate' | 'dead') => after[name] - before[name];
  const totals = {
    stored: since('stored'),
    joined: since('joined'),
    duplicate: since('duplicate'),
    dead: since('dead'),
  };
  return totals.stored + totals.joined + totals.duplicate + totals.dead === records ? totals : null;
}
