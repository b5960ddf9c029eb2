import { type Attributes, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { childOf, type RandomBytes, type TraceContext } from './trace-context.ts';

export interface SpanOptions {
  /** Low-cardinality name: `POST /v1/ask`, `pipeline.batch`. */
  readonly name: string;
  readonly parent: TraceContext;
  readonly attributes?: Attributes;
  readonly random: RandomBytes;
}

/**
 * Runs `work` inside a span; one a request or batch, never one a record (a span costs some 20 µs).
 * Only the OpenTelemetry API is used: without an SDK in the process a span costs next to nothing and `work` gets a
 * child of the parent; with one (`NODE_OPTIONS=--import …`) the span is real and its context is handed on.
 * The error of `work` is recorded and thrown on.
 */
export async function withSpan<T>(
  options: SpanOptions,
  work: (context: TraceContext) => Promise<T>,
): Promise<T> {
  const { traceId, spanId, flags } = options.parent;
  const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
  const span = trace
    .getTracer('tyrian')
    .startSpan(options.name, { attributes: options.attributes ?? {} }, parent);
  try {
    return await work(
      span.isRecording()
        ? { ...options.parent, spanId: span.spanContext().spanId }
        : childOf(options.parent, options.random),
    );
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
