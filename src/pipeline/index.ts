/**
 * The pipeline: log → parse, validate, normalise → detect → dedupe → detections, dead letters and events → markers, exactly once.
 * It opens nothing itself: log, store, catalogue and clock are arguments; `system` runs it in a worker thread.
 */
export { createBatchFiles } from './batch-files.ts';
export type { BatchFiles, BatchStore } from './batch-store.ts';
export { type PipelineInput, runPipeline } from './loop.ts';
export { type ReplayOptions, replayKind } from './replay.ts';
export type { BatchReport, PipelineStep } from './report.ts';
export { createWatermark, type Watermark } from './watermark.ts';
