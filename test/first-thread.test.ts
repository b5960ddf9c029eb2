import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reread } from '../src/analyst/index.ts';
import { createScenario, demoQuestions, type Scenario, writeScenario } from '../src/evals/index.ts';
import { localPrincipal, readScopeOf } from '../src/guard/index.ts';
import { type Asked, cellsOf, takeApart, wordsOf } from './asked.ts';
import { type Opened, openFolder, temporaryFolder, tenant, withOpened } from './opened.ts';

/** The scenario of the demo goes in as files; the three questions and a few others are asked of what is stored. */
const folder = temporaryFolder('first-thread');
const data = join(folder.path, 'data');
const telemetry = join(folder.path, 'telemetry');
const scenario: Scenario = createScenario({ seed: 7 });
const questions = demoQuestions(scenario.facts);
const { total } = scenario.facts.events;

let opened: Opened;

beforeAll(async () => {
  await writeScenario(telemetry, scenario);
  opened = await openFolder(data);
});
afterAll(() => folder.remove());

/** Facts count per stream; the ledger knows sources. */
function eventsBySource(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, source } of scenario.streams)
    counts[source] = (counts[source] ?? 0) + (scenario.facts.events.byStream[name] ?? 0);
  return counts;
}

/** The stream of a scenario's file: what lies below the telemetry folder, without ending and without document number. */
function streamName(stored: string): string {
  const path = stored.slice(stored.indexOf(telemetry) + telemetry.length + 1);
  return path.replace(/\.ndjson$/, '').replace(/^(aws\/[^/]+)\/.*$/, '$1');
}

async function everyStream(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { stream, n } of await opened.rows('SELECT stream, count() AS n FROM events GROUP BY stream')) {
    const name = streamName(String(stream));
    counts[name] = (counts[name] ?? 0) + Number(n);
  }
  return counts;
}

function linesOf(name: string): Iterable<string> {
  return scenario.streams.find((stream) => stream.name === name)?.lines() ?? [];
}

/** More of the victim's own events: the same in all but the record's number. */
function moreOfTheVictim(count: number): readonly string[] {
  const own = [...linesOf('windows/workstations')].filter((line) =>
    line.includes(scenario.facts.victim.host),
  );
  return own.slice(-count).map((line) => line.replace(/"record_id":\d+/, (found) => `${found}77`));
}

/** What the verifier promises of each answer, and what the offline writer must never need. */
function expectTrue(asked: Asked) {
  expect(asked.error).toBeUndefined();
  expect(asked.types[0]).toBe('plan');
  expect(asked.types.slice(-3)).toEqual(['answer', 'usage', 'done']);
  for (const sentence of asked.answer?.sentences ?? []) {
    expect(sentence.verdict, sentence.text).toBe('confirmed');
    if (sentence.kind !== 'fact') continue;
    expect(sentence.claims.length, sentence.text).toBeGreaterThan(0);
    for (const { evidence_id, cells } of sentence.claims) {
      const evidence = asked.evidence.find(({ id }) => id === evidence_id);
      expect(evidence, sentence.text).toBeDefined();
      for (const { row, column } of cells) {
        expect(evidence?.rows[row], sentence.text).toBeDefined();
        expect(evidence?.columns.map(({ name }) => name)).toContain(column);
      }
    }
  }
}

describe('the day of the demo', () => {
  it('is stored whole: the ledger balances and every stream has as many events as were written', async () => {
    const result = await opened.take(telemetry);
    expect(result).toMatchObject({ records: total, problems: [], stopped: false });
    const report = await opened.ledger();
    expect(report.total).toMatchObject({
      ...{ received: total, stored: total, duplicate: 0, dead: 0, in_flight: 0, conflict: 0, balanced: true },
    });
    expect(Object.fromEntries(report.rows.map(({ source, stored }) => [source, stored]))).toEqual(
      eventsBySource(),
    );
    expect(await everyStream()).toEqual(scenario.facts.events.byStream);
  });

  it('imported once more stores nothing twice', async () => {
    await opened.take(telemetry);
    expect((await opened.ledger()).total).toMatchObject({
      ...{ received: 2 * total, stored: total, duplicate: total, balanced: true },
    });
    expect(await everyStream()).toEqual(scenario.facts.events.byStream);
  });

  it.each(questions)('is known to the analyst: $text', async ({ text, plan, window, expected }) => {
    const { ask } = opened;
    const asked = takeApart(await ask(text));
    expectTrue(asked);
    expect(asked.plan?.kind).toBe(plan);
    if (asked.plan?.window.anchor === 'stated')
      expect([asked.plan.window.from, asked.plan.window.to].map(Date.parse)).toEqual(
        [window.from, window.to].map(Date.parse),
      );
    const cells = cellsOf(asked.evidence).map((cell) => cell.toLowerCase());
    const missing = expected.filter(({ value }) => !cells.includes(value.toLowerCase()));
    expect(missing, `of ${asked.evidence.length} evidences`).toEqual([]);
  });

  it('names the answer to a question of figures, not only its evidence', async () => {
    const receivers = scenario.facts.traffic.fileServer.receivers;
    const text = questions.at(-1)?.text ?? '';
    const { ask } = opened;
    const words = wordsOf(takeApart(await ask(text)));
    expect(words).toContain(receivers[0]?.address);
    expect(words.replaceAll(',', '')).toContain(String(receivers[0]?.bytes));
  });

  it('is re-read from an evidence with the same row hash, after more came in', async () => {
    const { ask, take, tyrian } = opened;
    const runs = [];
    for (const { text } of questions) runs.push(takeApart(await ask(text)));
    const later = join(folder.path, 'later.ndjson');
    writeFileSync(later, `${moreOfTheVictim(500).join('\n')}\n`);
    const { stored } = (await opened.ledger()).total;
    await take(later);
    expect((await opened.ledger()).total.stored).toBe(stored + 500);
    const signal = new AbortController().signal;
    const scopeAt = (snapshot: number) => readScopeOf(localPrincipal(tenant), 'ask', snapshot);
    for (const { plan, evidence } of runs) {
      expect(evidence.length).toBeGreaterThan(0);
      if (plan === undefined) throw new Error('there was no plan');
      // Notes are no rows of telemetry: their passages are searched again, not re-read.
      for (const one of evidence.filter(({ kind }) => kind !== 'passages'))
        expect(await reread(one, plan, { store: tyrian.store, scopeAt, signal }), one.sql).toEqual({
          kind: 'same',
          rows: one.rows.length,
        });
    }
  });
});

describe('a question', () => {
  it('about nothing that is stored gets "no evidence", with what was searched', async () => {
    const { ask } = opened;
    const asked = takeApart(await ask('what happened on host NOWHERE-99 in the last 24 hours?'));
    expectTrue(asked);
    expect(wordsOf(asked)).toMatch(/no evidence/i);
    expect(wordsOf(asked)).toContain('NOWHERE-99');
    expect(
      asked.evidence.every(({ rows }) => rows.every((row) => row.every((c) => c === null || c === '0'))),
    ).toBe(true);
    expect(asked.answer?.summary.severity).toBe('unknown');
  });

  it('before the first event names the sources that are silent in its window', async () => {
    const { ask } = opened;
    const asked = takeApart(await ask('failed logons between 2020-01-01 and 2020-01-02'));
    expectTrue(asked);
    expect(wordsOf(asked)).toMatch(/no evidence/i);
    const said = `${wordsOf(asked)}\n${asked.answer?.gaps.join('\n')}`;
    for (const source of Object.keys(eventsBySource())) expect(said).toContain(source);
  });

  it('that can not be planned ends in a typed error that says what can', async () => {
    const { ask } = opened;
    const { types, error } = takeApart(await ask('please write me a poem about the sea'));
    expect(types).toEqual(['error']);
    expect(error?.code).toBe('analyst.cannot_plan');
    expect(error?.details?.can).toEqual(expect.arrayContaining([expect.any(String)]));
  });

  it('to an empty data folder is answered too', async () => {
    await opened.close();
    await withOpened(join(folder.path, 'empty'), async ({ ask, ledger }) => {
      const asked = takeApart(await ask('top 10 source addresses by bytes'));
      expectTrue(asked);
      expect(wordsOf(asked)).toMatch(/no evidence/i);
      expect((await ledger()).total).toMatchObject({ received: 0, balanced: true });
    });
  });
});
