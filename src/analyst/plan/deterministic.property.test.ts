import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HuntPlan, maxQuestionLength } from '../../contracts/index.ts';
import { createDeterministicPlanner, planQuestion } from './deterministic.ts';
import { eventClasses } from './words/classes.ts';
import { cueWords, linkWords } from './words/cues.ts';
import { fieldNouns } from './words/fields.ts';

const now = new Date('2024-03-14T12:00:00Z');
const context = { now, newestEvent: now };

const pieces = [
  ...Object.values(eventClasses).flatMap(({ phrases }) => phrases),
  ...Object.values(fieldNouns).flatMap(({ phrases }) => phrases),
  ...Object.values(cueWords).flat(),
  ...Object.values(linkWords).flat(),
  ...[
    '10.0.0.1',
    '10.0.0.0/8',
    'WS-07',
    'alice',
    'CORP\\bob',
    'a@b.example',
    'cmd.exe',
    '4688',
    '443',
    '-enc',
  ],
  ...[
    'between',
    'and',
    'since',
    'last',
    '24h',
    '10:00',
    'monday',
    '2024-03-12',
    '9999-99-99',
    '12',
    'march',
    'utc',
  ],
  ...[
    '99999999999999999999',
    '::1',
    'fe80::1%eth0',
    '"',
    "'",
    '\\',
    'hklm\\a',
    'c:\\a b\\c',
    '0x10',
    '\ud800',
    '\0',
  ],
];
const sentence = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...pieces) }, fc.string({ maxLength: 12 })), {
    maxLength: 60,
  })
  .map((words) => words.join(' ').slice(0, maxQuestionLength));
const text = fc.oneof(sentence, fc.string({ maxLength: maxQuestionLength, unit: 'binary' }));

/** What a stored event's time may be. */
const storedTime = fc.date({ noInvalidDate: true, min: new Date('1971-01-01'), max: new Date('2261-01-01') });

it('makes a valid plan or a refusal of any text, and never throws', () => {
  fc.assert(
    fc.property(text, fc.option(storedTime), (question, newestEvent) => {
      const outcome = planQuestion({ text: question }, { now, newestEvent });
      if (outcome.kind === 'cannot-plan') {
        expect(outcome.can.length).toBeGreaterThan(0);
        return;
      }
      expect(HuntPlan.parse(outcome.plan)).toEqual(outcome.plan);
      expect(Date.parse(outcome.plan.window.from)).toBeLessThan(Date.parse(outcome.plan.window.to));
    }),
    { numRuns: 500 },
  );
});

it('reads any window beside the text, or refuses it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (since, until) => {
      const outcome = planQuestion({ text: 'find x', since, until }, context);
      if (outcome.kind === 'plan') HuntPlan.parse(outcome.plan);
    }),
  );
});

it('gives the same plan to the same question', () => {
  fc.assert(
    fc.property(sentence, (question) => {
      expect(planQuestion({ text: question }, context)).toEqual(planQuestion({ text: question }, context));
    }),
    { numRuns: 100 },
  );
});

it.each([
  ['one long word', 'a'.repeat(maxQuestionLength)],
  ['many short words', 'ab '.repeat(maxQuestionLength / 3)],
  ['misspelt words', 'proceses conections '.repeat(100)],
  [
    'different misspelt words',
    Array.from(
      { length: 200 },
      (_, n) => `connectio${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10) % 10]}`,
    ).join(' '),
  ],
  ['dots', 'a.'.repeat(1_000)],
  ['dashes', 'a-'.repeat(1_000)],
  ['backslashes', 'c:\\'.repeat(600)],
  ['quotes', '"a"b '.repeat(400)],
  ['times', 'between 10:00 and '.repeat(110)],
  ['digits', '1'.repeat(maxQuestionLength)],
  ['colons', ':'.repeat(maxQuestionLength)],
])('plans %s without running wild', (_, question) => {
  expect(planQuestion({ text: question.slice(0, maxQuestionLength) }, context)).toBeDefined();
});

it('rejects when the signal is aborted, and only then', async () => {
  const planner = createDeterministicPlanner();
  const stop = new AbortController();
  await expect(planner.plan({ text: 'find x' }, context, stop.signal)).resolves.toMatchObject({
    kind: 'plan',
  });
  stop.abort(new Error('enough'));
  await expect(planner.plan({ text: 'find x' }, context, stop.signal)).rejects.toThrow('enough');
});
