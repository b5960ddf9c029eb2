import type { Emit, Log, Metrics } from '../observe/index.ts';
import type { BatchReport } from '../pipeline/index.ts';

/** Running totals of the pipeline since start; integers that hot paths bump and readers look at. */
export interface PipelineTotals {
  readonly batches: number;
  readonly rows: number;
  readonly bytes: number;
  readonly stored: number;
  readonly joined: number;
  readonly duplicate: number;
  readonly dead: number;
  readonly conflict: number;
  readonly lookedUp: number;
  readonly detections: number;
  readonly slow: number;
  readonly faults: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Adds up batch reports, shows them as metrics, and writes one log line a batch. */
export function observePipeline({
  metrics,
  log,
  emit,
}: {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly emit: Emit;
}) {
  const sums = {
    batches: 0,
    rows: 0,
    bytes: 0,
    stored: 0,
    joined: 0,
    duplicate: 0,
    dead: 0,
    conflict: 0,
    lookedUp: 0,
    detections: 0,
    slow: 0,
    faults: 0,
  };
  const milliseconds: Record<string, number> = {};
  metrics.observe({
    name: 'tyrian_pipeline_records_total',
    help: 'Records by what became of them',
    type: 'counter',
    labels: ['outcome'],
    read: () =>
      (['stored', 'joined', 'duplicate', 'dead'] as const).map((outcome) => ({
        labels: [outcome],
        value: sums[outcome],
      })),
  });
  metrics.observe({
    name: 'tyrian_pipeline_detections_total',
    help: 'Hits of rules on stored events',
    type: 'counter',
    read: () => sums.detections,
  });
  metrics.observe({
    name: 'tyrian_pipeline_stage_milliseconds_total',
    help: 'Time in each stage of the pipeline',
    type: 'counter',
    labels: ['stage'],
    read: () => Object.entries(milliseconds).map(([stage, value]) => ({ labels: [stage], value })),
  });
  metrics.observe({
    name: 'tyrian_pipeline_function_records_total',
    help: 'Records that the in-process function normalised, because the engine was not sure of them',
    type: 'counter',
    read: () => sums.slow,
  });
  metrics.observe({
    name: 'tyrian_pipeline_faults_total',
    help: 'Batches that were begun again after an error',
    type: 'counter',
    read: () => sums.faults,
  });
  return {
    totals: (): PipelineTotals => ({ ...sums, milliseconds: { ...milliseconds } }),
    batch(report: BatchReport) {
      sums.batches += 1;
      for (const name of [
        'rows',
        'bytes',
        'stored',
        'joined',
        'duplicate',
        'dead',
        'conflict',
        'lookedUp',
        'detections',
        'slow',
      ] as const) {
        sums[name] += report[name];
      }
      for (const [stage, value] of Object.entries(report.milliseconds)) {
        milliseconds[stage] = (milliseconds[stage] ?? 0) + value;
      }
      const { positions: _positions, traceparents, faults, reasons, ...fields } = report;
      const traces = traceparents.slice(0, 20);
      log.debug({ ...fields, traces }, 'A batch is stored');
      for (const { source, code, count } of reasons)
        emit({ kind: 'records-dead', source, reason: code, count });
      for (const fault of faults)
        log.warn(
          { fault },
          'A part of a batch went another way: through the in-process function, or without detection',
        );
    },
    fault(fields: { readonly message: string; readonly code: string; readonly retryInMilliseconds: number }) {
      sums.faults += 1;
      log.error(fields, 'A batch failed and is begun again from the last marker');
    },
  };
}
