import { errorCatalogue } from '../contracts/index.ts';

/** Every code of the room. The retryable ones are refusals: nothing of the group is acknowledged. */
export const logErrors = errorCatalogue('log', {
  busy: {
    status: 503,
    retryable: true,
    meaning: 'more bytes wait to be flushed than the bound allows; send again later',
  },
  disk_full: {
    status: 503,
    retryable: true,
    meaning: 'the disk has too little free space to acknowledge anything; free some, then send again',
  },
  write_failed: {
    status: 503,
    retryable: true,
    meaning: 'the engine could not make the frame durable; whether it was stored is not known, send again',
  },
  closed: { status: 503, retryable: true, meaning: 'the log is closed or closing' },
  bad_group: { status: 400, meaning: 'a record group contradicts itself or passes a bound' },
  trimmed: { status: 410, meaning: 'the offset asked for lies below the first one that is kept' },
  no_partition: { status: 400, meaning: 'the log has no such partition' },
  bad_topic: { status: 400, meaning: 'a topic has a name that none may have' },
  too_large: {
    status: 413,
    meaning: 'an entry of a topic, or all entries of an append, pass the bound in bytes',
  },
  corrupt_entry: {
    status: 500,
    meaning:
      'the bytes of an entry of a topic do not match their checksum; `details.next` is the one behind it',
  },
  folder_not_empty: { status: 409, meaning: 'a copy is only written into an empty folder' },
  corrupt_frame: { status: 500, meaning: 'the bytes of a frame do not match their checksum or their form' },
  newer_frame: { status: 500, meaning: 'a frame was written by a newer program; update this one' },
  newer_folder: { status: 500, meaning: 'the log folder was made by a newer program; update this one' },
  partition_mismatch: {
    status: 500,
    meaning: 'the folder was made with another number of partitions, which is fixed',
  },
  no_folder: { status: 500, meaning: 'there is no log in the folder' },
  damaged_folder: {
    status: 500,
    meaning: 'the folder holds what this program did not write, or lacks a part',
  },
});
