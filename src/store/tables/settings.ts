import type { TableSettings } from '../../sql/index.ts';

/** On disk before it is acknowledged, merges included: the log may be trimmed behind it. ClickHouse fsyncs nothing
 *  of this by default. */
export const durableSettings: TableSettings = {
  fsync_after_insert: 1,
  fsync_part_directory: 1,
  min_rows_to_fsync_after_merge: 1,
  min_compressed_bytes_to_fsync_after_merge: 1,
};
