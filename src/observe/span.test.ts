import { describe, expect, it } from 'vitest';
import { createTrace, withSpan } from './index.ts';

const random = (count: number) => new Uint8Array(count).fill(7);
const parent = createTrace((count) => new Uint8Array(count).fill(1));

describe('withSpan', () => {
  it('hands on a child of the parent when no SDK is loaded', async () => {
    const context = await withSpan({ name: 'pipeline.batch', parent, random }, async (inner) => inner);
    expect(context).toEqual({ ...parent, spanId: '07'.repeat(8) });
  });

  it('throws on what its work throws', async () => {
    const work = withSpan({ name: 'pipeline.batch', parent, random }, async () => {
      throw new Error('disk');
    });
    await expect(work).rejects.toThrow('disk');
  });
});
