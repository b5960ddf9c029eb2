import { describe, expect, it } from 'vitest';
import { createLog, createTrace, type LogLevel } from './index.ts';

const ones = createTrace((count) => new Uint8Array(count).fill(1));
const twos = createTrace((count) => new Uint8Array(count).fill(2));

function memoryLog(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({
    level,
    trace: ones,
    sink: { write: (line) => lines.push(line) },
    fields: { role: 'api' },
  });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('log', () => {
  it('writes one JSON line with level, time, trace id, fields and message', () => {
    const { log, lines, parsed } = memoryLog();
    log.info({ count: 3 }, 'three things');
    expect(lines[0]).toMatch(/\}\n$/);
    expect(parsed()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      role: 'api',
      trace_id: ones.traceId,
      count: 3,
      message: 'three things',
    });
  });

  it('carries the trace id of a request once a line', () => {
    const { log, lines, parsed } = memoryLog();
    log.withTrace(twos).with({ route: 'ask' }).warn({}, 'slow');
    expect(lines[0]?.match(/trace_id/g)).toHaveLength(1);
    expect(parsed()[0]).toMatchObject({ trace_id: twos.traceId, route: 'ask' });
  });

  it('keeps quiet below its level', () => {
    const { log, lines } = memoryLog('warn');
    log.info({}, 'not written');
    expect(lines).toEqual([]);
  });

  it('removes secrets by field name and by shape, in errors too', () => {
    const { log, lines } = memoryLog();
    const key = `ty_0123456789abcdef_${'Zz-_'.repeat(10)}abc`;
    log.error(
      {
        authorization: 'Basic abc',
        headers: { authorization: 'Basic abc', cookie: 'a=abc' },
        model: { inner: { api_key: 'sk-abc' } },
        text: `header was Bearer ${key}`,
        err: new Error(`could not use ${key}`),
      },
      `seen ${key}`,
    );
    expect(lines[0]).not.toMatch(/abc(?!def)|Zz-_/);
  });
});
