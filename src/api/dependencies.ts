import type { Analyst } from '../analyst/index.ts';
import type { Routes } from '../contracts/index.ts';
import type { Keys } from '../guard/index.ts';
import type { HttpOptions, RouteHandler } from '../http/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { SourceCatalogue } from '../normalise/index.ts';
import type { Store } from '../store/index.ts';

/** One thing that must hold before work is taken. */
export interface ReadinessCheck {
  readonly name: string;
  readonly holds: () => boolean | Promise<boolean>;
}

export interface ApiDependencies {
  readonly http: HttpOptions;
  /** The receiver of `intake/`. */
  readonly receive: RouteHandler<Routes['sendTelemetry']>;
  readonly analyst: Pick<Analyst, 'ask' | 'resume'>;
  readonly ledger: Pick<Ledger, 'report'>;
  readonly store: Pick<Store, 'read'>;
  /** Milliseconds: rows ingested up to here are whole. */
  readonly snapshot: () => number;
  readonly catalogue: Pick<SourceCatalogue, 'sources' | 'formsOf'>;
  readonly keys: Keys;
  readonly checks: readonly ReadinessCheck[];
  /** Wall clock. */
  readonly clock: () => Date;
}
