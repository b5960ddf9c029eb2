import { maxRecordBytes, type RecordGroup } from '../contracts/index.ts';
import { logErrors } from './errors.ts';

/** Bytes a frame spends on a record beside its body: the ordinal. */
const ordinalBytes = 4;
/** Bytes of a group's entry beside its names, generously. */
const entryBytes = 64;
/** Names longer than this are refused: they are repeated in every header, and no honest name is. */
const maxNameLength = 4096;
/** Five groups of seven bits hold every length below 2^32. */
const maxLengthBytes = 5;

const bad = (message: string) => logErrors.make('bad_group', message);

/** Offset behind the record that starts at `start`: its LEB128 length, then its bytes. -1 when it passes the end. */
function endOfRecord(body: Uint8Array, start: number): number {
  let length = 0;
  let scale = 1;
  for (let index = start; index < start + maxLengthBytes; index++) {
    const byte = body[index];
    if (byte === undefined) return -1;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      const end = index + 1 + length;
      return end <= body.length ? end : -1;
    }
    scale *= 0x80;
  }
  return -1;
}

function checkNames(group: RecordGroup): void {
  const { tenant, source, form, stream, seed, traceparent, fault } = group;
  const names = [tenant, source, form, stream, seed, traceparent];
  if (fault) names.push(fault.code, fault.message, fault.sha256);
  if (names.some((name) => name.length > maxNameLength)) {
    throw bad(`a name of the group passes ${maxNameLength} characters`);
  }
}

function slice(group: RecordGroup, records: [number, number], bytes: [number, number]): RecordGroup {
  return {
    ...group,
    count: records[1] - records[0],
    body: group.body.subarray(...bytes),
    ordinals: group.ordinals.subarray(...records),
  };
}

/**
 * Checks a group and splits it between records so that each part takes at most `maxBytes` of a frame; parts are views.
 * Errors: `log.bad_group`, above all when the body does not hold exactly `count` records, which would break the whole
 * insert that it becomes part of.
 */
export function splitGroup(group: RecordGroup, maxBytes: number): readonly RecordGroup[] {
  const { body, count, ordinals } = group;
  if (count < 1) throw bad('a group holds at least one record');
  if (ordinals.length !== count) throw bad(`${count} records, but ${ordinals.length} ordinals`);
  if (!(Number.isSafeInteger(group.receivedAt) && group.receivedAt >= 0)) {
    throw bad('receivedAt is whole milliseconds since the epoch');
  }
  checkNames(group);
  const parts: RecordGroup[] = [];
  let [firstRecord, firstByte, position] = [0, 0, 0];
  for (let record = 0; record < count; record++) {
    const end = endOfRecord(body, position);
    if (end < 0) throw bad(`record ${record} of ${count} passes the end of the body`);
    if (end - position > maxRecordBytes + maxLengthBytes) {
      throw bad(`record ${record} passes ${maxRecordBytes} bytes`);
    }
    if (end - firstByte + (record + 1 - firstRecord) * ordinalBytes > maxBytes && record > firstRecord) {
      parts.push(slice(group, [firstRecord, record], [firstByte, position]));
      firstRecord = record;
      firstByte = position;
    }
    position = end;
  }
  if (position !== body.length) throw bad(`${body.length - position} bytes follow the last record`);
  if (firstRecord === 0) return [group];
  parts.push(slice(group, [firstRecord, count], [firstByte, position]));
  return parts;
}

/** What a group takes in a frame at most, give or take a few bytes of its names. */
export function frameBytesOf(group: RecordGroup): number {
  const { tenant, source, form, stream, seed, traceparent, fault } = group;
  const names =
    tenant.length + source.length + form.length + stream.length + seed.length + traceparent.length;
  const ofFault = fault ? fault.code.length + fault.message.length + fault.sha256.length : 0;
  return group.body.length + group.count * ordinalBytes + names + ofFault + entryBytes;
}
