import { Command, InvalidArgumentError } from 'commander';
import { TyrianError } from '../contracts/index.ts';
import { activityNameOf, classNameOf, compileSource } from '../normalise/index.ts';
import { firstLines, longTable } from './figures.ts';
import { configOf, withClient } from './session.ts';
import { catalogueWith, sourcesIn, trySample } from './source-trial.ts';
import { sampleText } from './source-trial-text.ts';

const defaultRecords = 20;

interface TestOptions {
  readonly source?: string;
  readonly folder?: string;
  readonly records: number;
  readonly json?: boolean;
}

/** `tyrian sources`: which logs are understood, and how to teach another one. */
export function sourcesCommand(setExitCode: (code: number) => void): Command {
  const sources = new Command('sources').description('which logs are understood; try and check own mappings');
  sources
    .command('list')
    .description('the sources that the server, or the data folder, understands')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      await withClient(command, async (client, { signal }) => {
        const list = await client.sources({}, { signal });
        const rows = list.sources.map(({ name, mapping_version, forms }) => [
          name,
          String(mapping_version),
          forms.join(', '),
        ]);
        console.log(
          options.json === true ? JSON.stringify(list) : longTable(['source', 'version', 'forms'], rows),
        );
      });
    });
  sources
    .command('test')
    .description('what becomes of a sample, field by field; stores nothing and needs no data folder')
    .argument('<files...>', 'files and folders, as for import')
    .option('--source <name>', 'take every record as of this source instead of recognising it')
    .option(
      '--folder <folder>',
      'folder of source folders, or one source folder, beside those of the program',
    )
    .option('--records <count>', 'records told one by one', wholeNumber, defaultRecords)
    .option('--json', 'print JSON')
    .action((files: string[], options: TestOptions, command: Command) =>
      testSample(files, options, command, setExitCode),
    );
  sources
    .command('check')
    .description('whether the mappings of a folder are sound; faults with file, line and column')
    .argument('<folder>', 'folder of source folders, or one source folder')
    .option('--json', 'print JSON')
    .action((folder: string, options: { readonly json?: boolean }) => {
      const checked = sourcesIn(folder).map(checkOne);
      console.log(
        options.json === true
          ? JSON.stringify({ sources: checked })
          : firstLines(checked.map(checkText)).join('\n'),
      );
      if (checked.length === 0) console.error(`${folder}: no folder in it has a mapping.yaml`);
      if (checked.length === 0 || checked.some(({ faults }) => faults.length > 0)) setExitCode(1);
    });
  return sources;
}

async function testSample(
  paths: readonly string[],
  options: TestOptions,
  command: Command,
  setExitCode: (code: number) => void,
): Promise<void> {
  const configured = configOf(command).sources.folder;
  const folders = [configured, options.folder].filter((folder) => folder !== undefined);
  const stop = new AbortController();
  const interrupt = () => stop.abort(new DOMException('stopped', 'AbortError'));
  process.once('SIGINT', interrupt);
  try {
    const report = await trySample({
      ...{ paths, source: options.source, catalogue: catalogueWith(folders) },
      ...{ shown: options.records, now: Date.now(), signal: stop.signal },
    });
    console.log(options.json === true ? JSON.stringify(report) : sampleText(report));
    if (report.summary.dead > 0 || report.problems.length > 0) setExitCode(1);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

interface Checked {
  readonly source: string;
  readonly version: number | null;
  readonly forms: readonly string[];
  /** A fault a line, each with file, line and column where it has one. */
  readonly faults: readonly string[];
  /** What is sound, but no class or activity of OCSF. */
  readonly warnings: readonly string[];
}

function checkOne(text: Parameters<typeof compileSource>[0]): Checked {
  const { source } = text;
  try {
    const { mapping } = compileSource(text);
    const warnings = mapping.kinds.flatMap(({ name, classUid, activityId }) => {
      if (classNameOf(classUid) === '') return [`${name}: ${classUid} is no class of OCSF`];
      const isActivity = activityId === undefined || activityNameOf(classUid, activityId) !== '';
      return isActivity ? [] : [`${name}: ${activityId} is no activity of ${classNameOf(classUid)}`];
    });
    const forms = mapping.forms.map(({ name }) => name);
    return { source, version: mapping.version, forms, faults: [], warnings };
  } catch (error) {
    if (!(error instanceof TyrianError)) throw error;
    return { source, version: null, forms: [], faults: error.message.split('\n'), warnings: [] };
  }
}

function checkText({ source, version, forms, faults, warnings }: Checked): string {
  const head =
    faults.length > 0 ? `${source}: not sound` : `${source} ${version}: sound (${forms.join(', ')})`;
  return [head, ...faults.map((fault) => `  ${fault}`), ...warnings.map((text) => `  note: ${text}`)].join(
    '\n',
  );
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted');
}
