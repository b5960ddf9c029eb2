import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode, Principal } from '../contracts/index.ts';
import type { Authenticate } from '../guard/index.ts';
import type { Emit, Log, Metrics, RandomBytes } from '../observe/index.ts';

/** A request that was answered with an error. */
export interface Refused {
  readonly code: ErrorCode;
  readonly status: number;
  /** `POST /v1/ask`, or `none` for a path that isn't declared. */
  readonly route: string;
  readonly traceId: string;
  /** Who called; undefined when that was not known yet. */
  readonly principal: Principal | undefined;
  /** What was presented by whom, when nobody could be recognised by it: with a secret in it, not to be kept. */
  readonly presented: Parameters<Authenticate>[0] | undefined;
}

export interface HttpOptions {
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly emit: Emit;
  readonly random: RandomBytes;
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Of one decoded request body. Bodies of telemetry may hold four times as much together, others once more. */
  readonly maxBodyBytes: number;
  /**
   * Requests worked on at once, telemetry at most three quarters of them, each of the tenants that send an equal part of those; above
   * it 503. Public routes aren't counted.
   */
  readonly maxInFlight: number;
  /** Told of each request that is answered with an error; must neither throw nor take time. */
  readonly onRefused?: (refused: Refused) => void;
  /** Quiet after which a stream sends a comment; 15 s unless said. */
  readonly heartbeatMs?: number;
  /** Time for the request line and headers; 10 s unless said. */
  readonly headersTimeoutMs?: number;
  /** Time for a whole request, body included; 120 s unless said. */
  readonly requestTimeoutMs?: number;
}

export interface HttpServer {
  /**
   * Begins to listen on a Unix domain socket too. Who may open it is decided by the folder that it lies in; `principalOf` says who
   * that is (it throws when the headers don't say so rightly). Throws `http.listen_failed`.
   */
  listenLocally(at: {
    readonly path: string;
    readonly principalOf: (headers: IncomingHttpHeaders) => Principal;
  }): Promise<void>;
  /** Begins to listen; port 0 takes a free one. */
  listen(at: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /** Stops accepting, lets requests end for `graceMs` (5 s unless said), then aborts them; resolves when all are gone. */
  close(graceMs?: number): Promise<void>;
}
