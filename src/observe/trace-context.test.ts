import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  childOf,
  continueTrace,
  createTrace,
  formatTraceparent,
  parseTraceparent,
  type RandomBytes,
} from './index.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const counting = (): RandomBytes => {
  let next = 0;
  return (count) => Uint8Array.from({ length: count }, () => ++next % 256);
};
const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('traceparent', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.nat(3), (trace, span, flags) => {
        fc.pre(/[^0]/.test(trace) && /[^0]/.test(span));
        const context = { traceId: trace, spanId: span, flags };
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
    );
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['version 00 with a tail', `00-${traceId}-${spanId}-01-x`],
    ['later version with a tail that is no field', `cc-${traceId}-${spanId}-01x`],
    ['two headers joined', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
    ['spaces', ` 00-${traceId}-${spanId}-01`],
    ['short flags', `00-${traceId}-${spanId}-1`],
  ])('refuses: %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('reads a later version by its first four fields and passes on known flags only', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-ff-what-comes`)).toEqual({ traceId, spanId, flags: 3 });
  });

  it('is taken up with a span of our own', () => {
    const context = continueTrace(`00-${traceId}-${spanId}-00`, counting());
    expect(context).toMatchObject({ traceId, flags: 0 });
    expect(context.spanId).not.toBe(spanId);
  });

  it('begins anew when broken', () => {
    expect(continueTrace('broken', counting())).toEqual(createTrace(counting()));
  });

  it('never makes an id of zeros', () => {
    const zeros: RandomBytes = (count) => new Uint8Array(count);
    const context = childOf(createTrace(zeros), zeros);
    expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
  });
});
