import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, createZstdDecompress } from 'node:zlib';

/** Public recordings beside the repository; tests that read them are skipped where they are absent. */
const shared = process.env.TYRIAN_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const folder = join(shared, 'data');
export const haveRecordings = existsSync(join(folder, 'MANIFEST.tsv'));

const newline = 0x0a;
/** A window of up to 128 MiB. */
const windowLog = 27;
/** Labels and ids that the collection's README says were added to the records. */
const label = /"(?:_id|_src|_rule|_expect|_attack|_test|_logtype)":(?:"(?:[^"\\]|\\.)*"|true|false|null),?/g;

export interface Recording {
  readonly name: string;
  readonly path: string;
  readonly events: number;
}

/** Recordings that a source reads, all or in part. */
export const recordingsOf: Readonly<Record<string, readonly Recording[]>> = {
  windows: recordings(/^windows\//),
  'aws-cloudtrail': recordings(/^aws\//),
  zeek: recordings(/^network\/(?:zeek\/|mordor-lsass-zeek)/),
  auditd: recordings(/^linux\/(?:go-libaudit|mordor)-auditd/),
  syslog: recordings(/^linux\/mordor-log4shell/),
  osquery: recordings(/^linux\/panther-labelled-linux/),
  'vpc-flow': recordings(/^aws\/panther-labelled-aws/),
  suricata: recordings(/^network\/suricata-alerts/),
  'kubernetes-audit': recordings(/^(?:linux\/panther-labelled-linux|aws\/panther-labelled-aws)/),
  guardduty: recordings(/^aws\/panther-labelled-aws/),
  okta: recordings(/^identity\/panther-labelled/),
  'entra-signin': recordings(/^identity\/panther-labelled/),
  'entra-audit': recordings(/^identity\//),
  'azure-activity': recordings(/^identity\/panther-labelled/),
  'm365-audit': recordings(/^identity\//),
  'github-audit': recordings(/^identity\/panther-labelled/),
  'github-webhook': recordings(/^identity\/panther-labelled/),
  'google-workspace': recordings(/^identity\/panther-labelled/),
  'slack-audit': recordings(/^identity\/panther-labelled/),
  auth0: recordings(/^identity\/panther-labelled/),
  duo: recordings(/^identity\/panther-labelled/),
  onelogin: recordings(/^identity\/panther-labelled/),
  'gcp-audit': recordings(/^linux\/panther-labelled-linux/),
};

function recordings(wanted: RegExp): Recording[] {
  if (!haveRecordings) return [];
  const rows = readFileSync(join(folder, 'MANIFEST.tsv'), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  return rows
    .filter(([name = '']) => wanted.test(name) && name.endsWith('.ndjson.zst'))
    .map(([name = '', events]) => ({ name, path: join(folder, name), events: Number(events) }));
}

/** About `count` lines of a recording, spread evenly, without labels; the same ones each time. */
export async function linesOf(recording: Recording, count: number): Promise<string[]> {
  const step = Math.max(1, Math.floor(recording.events / count));
  const decompress = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
  const kept: string[] = [];
  let number = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(recording.path).pipe(decompress)) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      if (number++ % step === 0) kept.push(withoutLabels(bytes.toString('utf8', from, end)));
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  return kept.filter((line) => line !== '');
}

/** Cuts the labels out of the text, so that everything else stays byte for byte. */
function withoutLabels(line: string): string {
  return line.replace(label, '').replace(/,\}$/, '}');
}
