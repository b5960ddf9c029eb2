import type { EvtxValue } from './node.ts';

/** 100-nanosecond steps between 1601-01-01, where FILETIME begins, and 1970-01-01. */
const fileTimeOfEpoch = 116_444_736_000_000_000n;
const stepsPerSecond = 10_000_000n;
const stepDigits = 7;
const latin1String = 0x02;
const arrayFlag = 0x80;
const utf16String = 0x01;

/** Bytes of one item of an array, by value type; strings are told apart by their ends. */
const itemBytes: Readonly<Record<number, number>> = {
  3: 1,
  4: 1,
  5: 2,
  6: 2,
  7: 4,
  8: 4,
  9: 8,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  15: 16,
  17: 8,
  18: 16,
  20: 4,
  21: 8,
};

/**
 * The value of `bytes` by its type ([MS-EVEN6] 2.2.12, BinXml value types; libevtx "Windows XML Event Log format",
 * value types). Integers are numbers where they are exact, else bigints; hexadecimal ones text, as Windows prints them.
 * Throws RangeError when the bytes are too few.
 */
export function readValue(type: number, bytes: Buffer): EvtxValue {
  if ((type & arrayFlag) !== 0) return readArray(type & ~arrayFlag, bytes);
  switch (type) {
    case 0x00:
      return null;
    case utf16String:
      return untilNul(bytes.toString('utf16le'));
    case latin1String:
      return untilNul(bytes.toString('latin1'));
    case 0x0d:
      return bytes.readInt32LE(0) !== 0;
    case 0x0e:
      return bytes.toString('hex').toUpperCase();
    case 0x0f:
      return guid(bytes);
    case 0x10:
      return bytes.length === 4 ? hexadecimal(bytes.readUInt32LE(0)) : hexadecimal(bytes.readBigUInt64LE(0));
    case 0x11:
      return fileTime(bytes.readBigUInt64LE(0));
    case 0x12:
      return systemTime(bytes);
    case 0x13:
      return securityId(bytes);
    case 0x14:
      return hexadecimal(bytes.readUInt32LE(0));
    case 0x15:
      return hexadecimal(bytes.readBigUInt64LE(0));
    default:
      return readNumber(type, bytes);
  }
}

function readNumber(type: number, bytes: Buffer): EvtxValue {
  switch (type) {
    case 0x03:
      return bytes.readInt8(0);
    case 0x04:
      return bytes.readUInt8(0);
    case 0x05:
      return bytes.readInt16LE(0);
    case 0x06:
      return bytes.readUInt16LE(0);
    case 0x07:
      return bytes.readInt32LE(0);
    case 0x08:
      return bytes.readUInt32LE(0);
    case 0x09:
      return narrowed(bytes.readBigInt64LE(0));
    case 0x0a:
      return narrowed(bytes.readBigUInt64LE(0));
    case 0x0b:
      return bytes.readFloatLE(0);
    case 0x0c:
      return bytes.readDoubleLE(0);
    default:
      // A type that no description names: its bytes are kept.
      return bytes.toString('hex').toUpperCase();
  }
}

function readArray(type: number, bytes: Buffer): EvtxValue {
  if (type === utf16String || type === latin1String) {
    const items = bytes.toString(type === utf16String ? 'utf16le' : 'latin1').split('\0');
    // Each string ends with NUL, so that the last item is what comes after the last end.
    return items.at(-1) === '' ? items.slice(0, -1) : items;
  }
  const size = itemBytes[type];
  if (size === undefined) return readValue(type, bytes);
  const items: EvtxValue[] = [];
  for (let at = 0; at + size <= bytes.length; at += size)
    items.push(readValue(type, bytes.subarray(at, at + size)));
  return items;
}

function untilNul(text: string): string {
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

function narrowed(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function hexadecimal(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

function guid(bytes: Buffer): string {
  const part = (start: number, end: number) => bytes.toString('hex', start, end);
  const number = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const first = `${number(bytes.readUInt32LE(0), 8)}-${number(bytes.readUInt16LE(4), 4)}`;
  return `${first}-${number(bytes.readUInt16LE(6), 4)}-${part(8, 10)}-${part(10, 16)}`.toUpperCase();
}

function fileTime(steps: bigint): string {
  const sinceEpoch = steps - fileTimeOfEpoch;
  const fraction = ((sinceEpoch % stepsPerSecond) + stepsPerSecond) % stepsPerSecond;
  const date = new Date(Number((sinceEpoch - fraction) / stepsPerSecond) * 1000);
  // Beyond the year 275,760: kept as the number it is.
  if (Number.isNaN(date.getTime())) return steps.toString();
  return `${date.toISOString().slice(0, -5)}.${fraction.toString().padStart(stepDigits, '0')}Z`;
}

function systemTime(bytes: Buffer): string {
  const at = (index: number) => bytes.readUInt16LE(index * 2).toString();
  const two = (index: number) => at(index).padStart(2, '0');
  // Order: year, month, day of week, day, hour, minute, second, milliseconds.
  const day = `${at(0).padStart(4, '0')}-${two(1)}-${two(3)}`;
  return `${day}T${two(4)}:${two(5)}:${two(6)}.${at(7).padStart(3, '0')}Z`;
}

/** [MS-DTYP] 2.4.2: revision, count of sub-authorities, authority (big-endian), sub-authorities (little-endian). */
function securityId(bytes: Buffer): string {
  const parts = [bytes.readUInt8(0), bytes.readUIntBE(2, 6)];
  for (let index = 0; index < bytes.readUInt8(1); index++) parts.push(bytes.readUInt32LE(8 + index * 4));
  return `S-${parts.join('-')}`;
}
