/**
 * `node bench/detect.ts RULES RECORDS [every]`: how many events a second the rules of a folder are matched on, one thread; RECORDS is a
 * file of one JSON record a line. Prints one line of JSON a number of rules, all of them last: matched, with the records parsed before;
 * parsed and matched, from bytes; with the interpreter alone (a share of the records); what the first events cost, when rules are made ready.
 * CPU time, which other programs disturb less than the clock's.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createDetector, type SigmaRule } from '../src/detect/index.ts';
import { interpreted } from '../src/detect/testing.suite.ts';
import { createRouting, isPlainJson, loadCatalogue, type RoutedRecord } from '../src/normalise/index.ts';
import { loadPack } from '../src/rules/index.ts';

const [rulesPath = '', recordsPath = '', every = '1'] = process.argv.slice(2);
const catalogue = loadCatalogue();
const route = createRouting(catalogue);
const warm = 20_000;
const oracleEvery = 50;

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

interface Loaded {
  readonly raw: Buffer;
  readonly kind: { readonly source: string; readonly form: string };
  readonly routed: RoutedRecord;
}

async function load(): Promise<readonly Loaded[]> {
  const records: Loaded[] = [];
  let read = 0;
  for await (const line of createInterface({ input: createReadStream(recordsPath) })) {
    if (read++ % Number(every) !== 0 || line === '') continue;
    const kind = catalogue.recogniseText(line);
    if (kind === undefined || !isPlainJson(catalogue, kind)) continue;
    const raw = Buffer.from(line);
    const routed = route({ ...kind, raw });
    if (routed !== undefined) records.push({ raw, kind, routed });
  }
  return records;
}

function measure(rules: readonly SigmaRule[], records: readonly Loaded[]) {
  let from = cpu();
  const detector = createDetector(rules);
  const match = ({ raw, routed }: Loaded) =>
    detector.detect(routed, { json: raw, fields: () => routed.fields }).length;
  const parseAndMatch = ({ raw, kind }: Loaded) => {
    const routed = route({ ...kind, raw });
    return routed === undefined
      ? 0
      : detector.detect(routed, { json: raw, fields: () => routed.fields }).length;
  };
  const run = (judge: (record: Loaded) => number) => {
    const began = cpu();
    let hits = 0;
    for (const record of records) hits += judge(record);
    return { hits, perSecond: Math.round(records.length / (cpu() - began)) };
  };
  for (const record of records.slice(0, warm)) match(record);
  const first = cpu() - from;
  run(match);
  const matched = run(match);
  const parsed = run(parseAndMatch);
  const oracle = interpreted(rules);
  const some = records.filter((_, index) => index % oracleEvery === 0);
  from = cpu();
  for (const { routed } of some) oracle(routed, routed.fields);
  return {
    rules: rules.length,
    events: records.length,
    hits: matched.hits,
    first_20000_seconds: Number(first.toFixed(2)),
    matched_per_second: matched.perSecond,
    parsed_and_matched_per_second: parsed.perSecond,
    interpreted_per_second: Math.round(some.length / (cpu() - from)),
  };
}

let from = cpu();
const { rules } = loadPack(rulesPath);
const loading = Number((cpu() - from).toFixed(2));
from = cpu();
const records = await load();
console.error(`${rules.length} rules read in ${loading} s CPU; ${records.length} records`);
for (const share of [100, 500, 1_000, 2_000].filter((share) => share < rules.length))
  console.log(
    JSON.stringify(
      measure(
        rules.filter((_, index) => index % Math.ceil(rules.length / share) === 0),
        records,
      ),
    ),
  );
console.log(JSON.stringify({ ...measure(rules, records), rules_read_seconds: loading }));
