import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { parseAllow } from './allow.ts';
import { refusalOf } from './judge.ts';
import { covers, parseRange } from './range.ts';
import { specialRanges } from './special-ranges.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const hex = (value: bigint, digits: number) => value.toString(16).padStart(digits, '0');
const ipv4Text = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
const ipv6Text = (value: bigint) => hex(value, 32).replaceAll(/(.{4})(?=.)/g, '$1:');

function judge(text: string, allow = ''): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return refusalOf(address, parseAllow(allow));
}

/** Every IPv6 spelling that leads to an IPv4 address. */
function disguises(text: string): readonly string[] {
  const value = parseAddress(text)?.value ?? 0n;
  const [high, low] = [hex(value >> 16n, 4), hex(value & 0xffffn, 4)];
  return [
    `::ffff:${text}`,
    `::ffff:${high}:${low}`,
    `64:ff9b::${text}`,
    `2002:${high}:${low}::1`,
    `::${text}`,
  ];
}

/** Some address of a range. */
const inside = fc
  .tuple(fc.constantFrom(...specialRanges), fc.bigInt(0n, 2n ** 128n - 1n))
  .map(([{ range }, random]) => {
    const value = (range.base << range.shift) | (random & ((1n << range.shift) - 1n));
    return range.family === 4 ? ipv4Text(value) : ipv6Text(value);
  });

describe('addresses', () => {
  it('are read as the platform reads them, and ranges hold what it says they hold', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), fc.oneof(ipv4, ipv6), fc.nat(128), (network, text, bits) => {
        const family = network.includes(':') ? 'ipv6' : 'ipv4';
        const prefix = Math.min(bits, family === 'ipv4' ? 32 : 128);
        const blocks = new BlockList();
        blocks.addSubnet(network, prefix, family);
        const base = parseAddress(network);
        const address = parseAddress(text);
        if (base === undefined || address === undefined) throw new Error('no address');
        const shift = BigInt((family === 'ipv4' ? 32 : 128) - prefix);
        const range = { family: base.family, base: base.value >> shift, shift };
        // The platform takes a mapped address for the IPv4 one; here that is the judge's work.
        fc.pre((family === 'ipv6') === text.includes(':') && !text.toLowerCase().startsWith('::ffff:'));
        expect(covers(range, address)).toBe(blocks.check(text, text.includes(':') ? 'ipv6' : 'ipv4'));
      }),
    );
  });

  it('any address of a special range is refused, in every spelling', () => {
    fc.assert(
      fc.property(inside, (text) => {
        expect(judge(text)).toBeDefined();
        if (text.includes('.')) for (const disguise of disguises(text)) expect(judge(disguise)).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('every spelling of an IPv4 address is judged alike', () => {
    fc.assert(
      fc.property(ipv4, (text) => {
        // `::0.0.0.1` is the loopback of IPv6: refused as both.
        for (const disguise of disguises(text))
          expect(judge(disguise) === undefined).toBe(judge(text) === undefined);
      }),
    );
  });

  it('an allowed range opens itself and nothing beside it', () => {
    fc.assert(
      fc.property(inside, inside, (allowed, text) => {
        expect(judge(allowed, allowed)).toBeUndefined();
        const same = parseAddress(allowed)?.value === parseAddress(text)?.value;
        if (!same && !allowed.includes('.')) expect(judge(text, allowed)).toBeDefined();
      }),
    );
  });

  it('no text makes the readers throw anything but their own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%]{0,50}$/)), (text) => {
        const range = parseRange(text);
        if (range !== undefined) expect(range.shift).toBeGreaterThanOrEqual(0n);
        try {
          parseAllow(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'guard.outbound_allow' });
        }
      }),
    );
  });
});

describe('the table', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['169.254.169.254', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['100.64.1.1', 'carrier'],
    ['0.0.0.0', 'unspecified'],
    ['255.255.255.255', 'broadcast'],
    ['224.0.0.251', 'multicast'],
    ['203.0.113.9', 'documentation'],
    ['::', 'unspecified'],
    ['::1', 'unspecified'],
    ['fe80::1%eth0', 'link-local'],
    ['fd00:ec2::254', 'metadata'],
    ['2001:db8::1', 'documentation'],
    ['64:ff9b:1::a00:1', 'translation'],
    ['::ffff:0:127.0.0.1', 'not given out'],
    ['4000::1', 'not given out'],
  ])('%s is refused: %s', (text, words) => {
    expect(judge(text)).toContain(words);
  });

  it.each([
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '2606:4700::1111',
    '64:ff9b::1.1.1.1',
    '2002:101:101::1',
  ])('%s is called', (text) => expect(judge(text)).toBeUndefined());
});

describe('the setting', () => {
  it('takes addresses and ranges with spaces around them', () => {
    expect(parseAllow(' 127.0.0.1, fd00::/8 ,,10.1.2.0/24')).toHaveLength(3);
    expect(parseAllow('')).toEqual([]);
    expect(judge('::ffff:10.1.2.3', '10.1.2.0/24')).toBeUndefined();
    expect(judge('10.1.3.3', '10.1.2.0/24')).toBe('private');
  });

  it.each(['10.1.2.3/24', '10.0.0.0/33', 'localhost', '10.0.0', '::1/129', 'fe80::1%eth0', '1.2.3.4/'])(
    'refuses %s',
    (text) =>
      expect(() => parseAllow(text)).toThrowError(expect.objectContaining({ code: 'guard.outbound_allow' })),
  );

  it('takes a bounded number of entries', () => {
    expect(() => parseAllow('127.0.0.1,'.repeat(300))).toThrow('more than 256');
  });
});
