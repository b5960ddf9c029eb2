import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AskEvent, Sentence } from '../../contracts/index.ts';
import { evidenceOf } from '../testing/evidence-of.suite.ts';
import { renderEvent } from './render.ts';

const options = { width: 60, rows: 2 };
const event = <T extends AskEvent['type']>(type: T, data: Extract<AskEvent, { type: T }>['data']) =>
  ({ type, id: 0, run_id: '00000000-0000-4000-8000-000000000000', data }) as AskEvent;

describe('the terminal', () => {
  it('shows evidence as a table of its width, without empty columns', () => {
    const evidence = evidenceOf('e1', 'rows', [
      ['time', 'device_hostname', 'message'],
      ['12:00', 'WS-01', ''],
      ['12:01', 'x'.repeat(80), null],
      ['12:02', 'WS-03', ''],
    ]);
    expect(renderEvent(event('evidence', { ...evidence, truncated: true }), options)).toBe(
      [
        '[e1] evidence e1: 3 rows',
        'time   device_hostname',
        '12:00  WS-01',
        `12:01  ${'x'.repeat(47)}…`,
        '(1 more, cut at its limit)',
        '',
      ].join('\n'),
    );
  });

  it('shows a struck sentence as its reason only', () => {
    const sentence: Sentence = {
      id: 1,
      text: 'The host WS-',
      kind: 'fact',
      claims: [],
      verdict: 'struck',
      reason: 'no such cell',
    };
    expect(renderEvent(event('sentence', sentence), options)).toBe('(struck: no such cell)\n');
  });

  it('lists what can be asked when a question was not understood', () => {
    const text = renderEvent(
      event('error', {
        code: 'analyst.cannot_plan',
        message: 'Not that.',
        trace_id: 'a1',
        details: { can: ['top hosts'] },
      }),
      options,
    );
    expect(text).toBe(
      'analyst.cannot_plan: Not that. (trace a1)\nQuestions that are understood:\n  top hosts\n',
    );
  });

  it('is never steered by what telemetry holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 90 })), {
          maxLength: 3,
        }),
        fc.string({ unit: 'binary' }),
        (rows, text) => {
          const evidence = { ...evidenceOf('e1', 'rows', [['a', text], ...rows]), purpose: text };
          const sentence: Sentence = { id: 1, text, kind: 'engine', claims: [], verdict: 'confirmed' };
          for (const shown of [
            renderEvent(event('evidence', evidence), options),
            renderEvent(event('sentence', sentence), options),
          ]) {
            expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
          }
        },
      ),
    );
  });
});
