import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from './index.ts';

describe('an estimate of tokens', () => {
  it('grows with the text, and is no less for two texts together than for the longer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
        const together = estimateTokens(left + right);
        expect(together).toBeGreaterThanOrEqual(Math.max(estimateTokens(left), estimateTokens(right)));
        expect(together).toBeLessThanOrEqual(estimateTokens(left) + estimateTokens(right));
      }),
    );
  });

  it('takes fewer characters a token for digits and base64 than for prose', () => {
    const rate = (text: string) => estimateTokens(text) / text.length;
    const prose = rate('The quick brown fox jumps over the lazy dog.');
    expect(rate('2024-05-01 12:00:03.123456')).toBeGreaterThan(prose);
    expect(rate('SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA')).toBeGreaterThan(prose);
  });

  it('is nothing for nothing', () => {
    expect(estimateTokens('')).toBe(0);
  });
});
