import type { Authenticate } from '../guard/index.ts';
import type { Emit, Log, Metrics, RandomBytes } from '../observe/index.ts';

export interface HttpOptions {
  readonly authenticate: Authenticate;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly emit: Emit;
  readonly random: RandomBytes;
  /** Milliseconds, rising. */
  readonly now: () => number;
  /** Of one decoded request body; all bodies together may hold four times as much. */
  readonly maxBodyBytes: number;
  /** Requests worked on at once, telemetry at most three quarters of them; above it 503. Public routes aren't counted. */
  readonly maxInFlight: number;
  /** Quiet after which a stream sends a comment; 15 s unless said. */
  readonly heartbeatMs?: number;
  /** Time for the request line and headers; 10 s unless said. */
  readonly headersTimeoutMs?: number;
  /** Time for a whole request, body included; 120 s unless said. */
  readonly requestTimeoutMs?: number;
}

export interface HttpServer {
  /** Begins to listen; port 0 takes a free one. */
  listen(at: {
    readonly host: string;
    readonly port: number;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /** Stops accepting, lets requests end for `graceMs` (5 s unless said), then aborts them; resolves when all are gone. */
  close(graceMs?: number): Promise<void>;
}
