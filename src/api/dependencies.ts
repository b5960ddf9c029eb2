import type { Alerts } from '../alerts/index.ts';
import type { Analyst } from '../analyst/index.ts';
import type { Routes } from '../contracts/index.ts';
import type { Keys } from '../guard/index.ts';
import type { HttpOptions, RouteHandler } from '../http/index.ts';
import type { JobDesk } from '../jobs/index.ts';
import type { Audit } from '../journal/index.ts';
import type { LiveCatalogue } from '../normalise/index.ts';
import type { Hunts } from '../rules/index.ts';
import type { CaseDependencies } from './cases.ts';
import type { ExceptionDependencies } from './exceptions.ts';
import type { FleetDependencies } from './fleet.ts';
import type { IntelDependencies } from './intel.ts';
import type { NoticeDependencies } from './notices.ts';
import type { OperationsDependencies } from './operations.ts';
import type { RetentionDependencies } from './retention.ts';
import type { RuleDependencies } from './rules.ts';
import type { ScanDependencies } from './scan.ts';

/** One thing that must hold before work is taken. */
export interface ReadinessCheck {
  readonly name: string;
  readonly holds: () => boolean | Promise<boolean>;
}

export interface ApiDependencies
  extends FleetDependencies,
    NoticeDependencies,
    RuleDependencies,
    ScanDependencies,
    ExceptionDependencies,
    CaseDependencies,
    RetentionDependencies,
    OperationsDependencies,
    IntelDependencies {
  readonly http: HttpOptions;
  /** The receiver of `intake/`. */
  readonly receive: RouteHandler<Routes['sendTelemetry']>;
  readonly analyst: Pick<Analyst, 'ask' | 'resume'>;
  readonly catalogue: Pick<LiveCatalogue, 'sources' | 'formsOf' | 'status'>;
  readonly keys: Keys;
  readonly audit: Pick<Audit, 'list' | 'record'>;
  readonly alerts: Alerts;
  readonly hunts: Hunts;
  readonly jobs: Pick<JobDesk, 'start' | 'list' | 'get' | 'cancel'>;
  readonly checks: readonly ReadinessCheck[];
  /** Wall clock. */
  readonly clock: () => Date;
}
