import type { RecordGroup } from '../../contracts/index.ts';

/** The records of a group, read back from its body. */
export function recordsOf(group: RecordGroup): Buffer[] {
  const records: Buffer[] = [];
  let at = 0;
  while (at < group.body.length) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = group.body[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    records.push(Buffer.from(group.body.subarray(at, at + length)));
    at += length;
  }
  return records;
}
