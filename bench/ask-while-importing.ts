/**
 * Asks while importing: loads a million rows, then imports more in the same process and asks meanwhile, one question after the other.
 * `node bench/ask-while-importing.ts FOLDER LOAD_PATH MORE_PATH HOST`. Prints one line of JSON: milliseconds to the plan, the first
 * evidence, the first sentence and the end, p50 and p95, while importing and at rest.
 */
import { localPrincipal } from '../src/guard/index.ts';
import { openForBench } from './opened.ts';

process.env.UV_THREADPOOL_SIZE ??= '16';
const [folder = '', load = '', more = '', host = ''] = process.argv.slice(2);
const restQuestions = 40;
const tyrian = await openForBench(folder);
const signal = new AbortController().signal;
const questions = [
  `what happened on ${host} in the last 2 hours`,
  'top 10 users by failed logons',
  'how many network connections per hour',
  `process tree of powershell.exe on ${host}`,
  'find encodedcommand',
  'when was 198.51.100.58 first seen',
];

interface Timing {
  readonly plan: number;
  readonly evidence: number;
  readonly sentence: number;
  readonly total: number;
}

async function ask(text: string): Promise<Timing> {
  for await (const event of tyrian.analyst.ask({
    question: { text },
    principal: localPrincipal('default'),
    signal,
  })) {
    if (event.type === 'error') throw new Error(`${text}: ${event.data.message}`);
    if (event.type === 'usage') {
      const { plan_ms, first_evidence_ms, first_sentence_ms, total_ms } = event.data;
      return {
        plan: plan_ms ?? Number.NaN,
        evidence: first_evidence_ms ?? Number.NaN,
        sentence: first_sentence_ms ?? Number.NaN,
        total: total_ms,
      };
    }
  }
  throw new Error(`${text}: no end`);
}

function summary(timings: readonly Timing[]) {
  const at = (name: keyof Timing, share: number) => {
    const values = timings.map((timing) => timing[name]).sort((a, b) => a - b);
    return Math.round(values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN);
  };
  const both = (name: keyof Timing) => ({ p50: at(name, 0.5), p95: at(name, 0.95) });
  return {
    questions: timings.length,
    plan: both('plan'),
    evidence: both('evidence'),
    sentence: both('sentence'),
    total: both('total'),
  };
}

const loaded = await tyrian.importPaths({ paths: [load], signal });
await tyrian.settled(signal);
let importing = true;
const importStarted = performance.now();
const import_ = tyrian.importPaths({ paths: [more], signal }).then(async (result) => {
  await tyrian.settled(signal);
  importing = false;
  return { records: result.records, seconds: (performance.now() - importStarted) / 1_000 };
});
const busy: Timing[] = [];
for (let turn = 0; importing; turn += 1) busy.push(await ask(questions[turn % questions.length] ?? ''));
const imported = await import_;
const rest: Timing[] = [];
for (let turn = 0; turn < restQuestions; turn += 1)
  rest.push(await ask(questions[turn % questions.length] ?? ''));
console.log(
  JSON.stringify({
    rows: loaded.records,
    importedMeanwhile: imported.records,
    importedPerSecond: Math.round(imported.records / imported.seconds),
    whileImporting: summary(busy),
    atRest: summary(rest),
  }),
);
await tyrian.close();
