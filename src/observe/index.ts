/**
 * Observe: structured logs, W3C trace context, metrics, and typed internal events for what is dropped or refused.
 * Sends nothing anywhere: lines go to a descriptor, metrics wait to be read, spans need an SDK that an operator loads.
 */
export { createEmit, type Emit } from './internal-events.ts';
export { createLog, type Log, type LogLevel } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { withSpan } from './span.ts';
export {
  childOf,
  continueTrace,
  createTrace,
  formatTraceparent,
  parseTraceparent,
  type RandomBytes,
  type TraceContext,
} from './trace-context.ts';
