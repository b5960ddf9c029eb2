import type * as z from 'zod';
import type { Actor } from '../contracts/index.ts';

type Json = z.core.util.JSONType;
export type JsonObject = Readonly<Record<string, Json>>;

/** What a running job works with. */
export interface JobContext<P> {
  readonly id: string;
  readonly tenant: string;
  readonly by: Actor;
  readonly parameters: P;
  /** Aborts when the job is cancelled, its lease is lost or the program stops. */
  readonly signal: AbortSignal;
  /** What an earlier attempt saved; undefined at the first. */
  readonly checkpoint: JsonObject | undefined;
  /** Tells how far it is; renews the lease. `total` when it is known. */
  progress(done: number, total?: number, note?: string): Promise<void>;
  /** Keeps where the next attempt goes on. Throws `jobs.lease_lost`: whoever has the job now must not be overtaken. */
  save(checkpoint: JsonObject): Promise<void>;
}

/** A kind of long work, as the room that owns it declares it. A repeat after `save` must be harmless. */
export interface JobKind<P = unknown> {
  /** `room.what`: `retention.sweep`. */
  readonly name: string;
  readonly parameters: z.ZodType<P>;
  /** After so many attempts that failed or whose process died, the job is failed. */
  readonly maxAttempts: number;
  /** Its parameters are not kept once it is done. */
  readonly forgetsParameters?: boolean;
  /** The result is shown to who may see the job. */
  run(context: JobContext<P>): Promise<JsonObject>;
}

/** A job that is started again and again by Tyrian itself, at most one at a time. */
export interface Schedule {
  readonly name: string;
  readonly kind: string;
  readonly everyMilliseconds: number;
  readonly tenant: string;
  readonly parameters: JsonObject;
}
