import { type RecordGroup, type Routes, type TelemetryReceipt, TyrianError } from '../../contracts/index.ts';
import type { RouteHandler, RouteRequest } from '../../http/index.ts';
import type { Refusals } from '../../ledger/index.ts';
import type { Log } from '../../log/index.ts';
import { type Emit, formatTraceparent, type Metrics } from '../../observe/index.ts';
import type { Sources } from '../recognise.ts';
import { type FramedRequest, frameRequest } from '../request/frame-request.ts';
import { receiverErrors } from './errors.ts';
import { createFairAppend, type FairAppend } from './fair-append.ts';
import type { Quota } from './quota.ts';

export interface ReceiverOptions {
  readonly sources: Sources & { readonly sources: readonly string[] };
  readonly log: Pick<Log, 'append'>;
  readonly refusals: Pick<Refusals, 'add'>;
  readonly metrics: Metrics;
  readonly emit: Emit;
  /** Wall clock. */
  readonly clock: () => Date;
  /** What one tenant may send; without it as much as it likes. */
  readonly quota?: Quota;
}

type Telemetry = Routes['sendTelemetry'];

const automatic = 'auto';
/** A disk isn't emptied in a second. */
const diskFullRetrySeconds = 30;

/**
 * The receiver of `POST /v1/telemetry/{source}`. It answers when every accepted record is as durable as the log makes
 * it. When the log refuses (busy, disk full), nothing is acknowledged; what was appended already is known again when
 * the same body comes again. Beyond the tenant's quota nothing is appended. Tenants that send at the same time are appended in turn.
 * Throws `intake.unknown_source`, `intake.quota`, `intake.none_accepted`, or what the log throws.
 */
export function createTelemetryReceiver(options: ReceiverOptions): RouteHandler<Telemetry> {
  const accepted = options.metrics.counter({
    name: 'tyrian_records_accepted_total',
    help: 'Records that were acknowledged, by source.',
    labels: ['source'],
  });
  const append = createFairAppend(options.log);
  return async (request) => {
    const { source } = request.params;
    const { sources } = options.sources;
    if (source !== automatic && !sources.includes(source))
      throw receiverErrors.make(
        'unknown_source',
        `There is no source '${source}'; use one of the list, or auto`,
        {
          details: { sources: [automatic, ...sources] },
        },
      );
    const receivedAt = options.clock().getTime();
    const framed = frame(options, request, receivedAt);
    await keepToQuota(options, request, framed, receivedAt);
    await appendAll(append, request.principal.tenant, framed.groups);
    for (const group of framed.groups) accepted(group.source).add(group.count);
    bookRefusals(options, request, framed, receivedAt);
    return { body: receiptOf(framed) };
  };
}

function frame(
  options: ReceiverOptions,
  request: RouteRequest<Telemetry>,
  receivedAt: number,
): FramedRequest {
  const { body, headers, params, principal, trace } = request;
  const name = headers['x-tyrian-stream'];
  return frameRequest({
    body,
    source: params.source,
    tenant: principal.tenant,
    stream: name === undefined ? principal.id : `${principal.id}/${name}`,
    traceparent: formatTraceparent(trace),
    receivedAt,
    idempotencyKey: headers['idempotency-key'] ?? '',
    sources: options.sources,
  });
}

async function keepToQuota(
  { quota, refusals }: ReceiverOptions,
  { principal: { tenant } }: RouteRequest<Telemetry>,
  framed: FramedRequest,
  receivedAt: number,
): Promise<void> {
  try {
    await quota?.take(tenant, framed.accepted);
  } catch (error) {
    // Booked each time: what is sent again and refused again was refused twice.
    for (const { source, count } of framed.groups) refusals.add(tenant, source, receivedAt, count);
    throw error;
  }
}

async function appendAll(append: FairAppend, tenant: string, groups: readonly RecordGroup[]): Promise<void> {
  try {
    await append(tenant, groups);
  } catch (error) {
    throw withPatience(error);
  }
}

/** A full disk is told to wait for longer than a busy log. */
function withPatience(error: unknown): unknown {
  if (!(error instanceof TyrianError) || error.code !== 'log.disk_full') return error;
  const { code, message, cause, retryable, status } = error;
  const details = { ...error.details, retry_after_seconds: diskFullRetrySeconds };
  return new TyrianError(code, message, { cause, retryable, status, details });
}

/** Only now: a request that the log refused comes again, and would be booked twice. */
function bookRefusals(
  { refusals, emit }: ReceiverOptions,
  { params: { source }, principal, log }: RouteRequest<Telemetry>,
  framed: FramedRequest,
  receivedAt: number,
): void {
  if (framed.refusedTotal === 0) return;
  refusals.add(principal.tenant, source, receivedAt, framed.refusedTotal);
  const reason = framed.refused[0]?.code ?? receiverErrors.room;
  emit({ kind: 'records-refused', source, reason, count: framed.refusedTotal }, log);
}

/** A sender that only looks at the status must not take a refusal of everything for success. */
function receiptOf(framed: FramedRequest): TelemetryReceipt {
  const refused = { total: framed.refusedTotal, records: [...framed.refused] };
  if (framed.accepted > 0 || framed.refusedTotal === 0) return { accepted: framed.accepted, refused };
  const first = framed.refused[0];
  throw receiverErrors.make(
    'none_accepted',
    `None of the ${refused.total} records was accepted; the first: ${first?.code}: ${first?.message}`,
    { details: { accepted: 0, refused } },
  );
}
