/**
 * Log: the durable, partitioned, append-only log between intake and pipeline. It gathers record groups into frames,
 * acknowledges what is on disk, reads frames and their headers back in order, and gives disk space back.
 * It does not know what a record means, who read how far, or which of its records are stored elsewhere.
 * Beside it small topics of single entries (audit, detections, changes), with the same promise and no partitions.
 * `port.ts` is the shape that every twin has; `lmdb.ts` is the embedded one.
 */
export { type LogOptions, openLog } from './lmdb.ts';
export type {
  Appended,
  AppendedListener,
  CorruptFrame,
  Durability,
  FrameCount,
  FrameHeader,
  HeadersRequest,
  Log,
  LogFrame,
  LoggedGroup,
  LogHeader,
  LogRead,
  LogReader,
  PartitionEnds,
  ReadRequest,
  Trimmed,
} from './port.ts';
export { openLogReader } from './reader.ts';
export { openTopics, type TopicsOptions } from './topics.ts';
export type { TopicEntry, TopicReadRequest, Topics } from './topics-port.ts';
