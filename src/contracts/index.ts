/**
 * Contracts: the schemas and types that everything else speaks, the error base, the configuration.
 * Holds no behaviour beyond parsing; knows no other room.
 */
export * from './alert.ts';
export * from './alert-routes.ts';
export * from './answer.ts';
export * from './attributes.ts';
export * from './audit-routes.ts';
export * from './bridge.ts';
export * from './case-routes.ts';
export * from './change.ts';
export * from './config.ts';
export * from './dead-letter.ts';
export * from './detection.ts';
export * from './error.ts';
export * from './evidence.ts';
export * from './exception-routes.ts';
export * from './fleet-routes.ts';
export * from './hunt-plan.ts';
export * from './hunt-routes.ts';
export * from './import-routes.ts';
export * from './intel-routes.ts';
export * from './job-routes.ts';
export * from './local.ts';
export * from './notice-routes.ts';
export * from './operations-routes.ts';
export * from './people-routes.ts';
export * from './principal.ts';
export * from './question.ts';
export * from './raw-record.ts';
export * from './repeated-keys.ts';
export * from './retention-routes.ts';
export * from './routes.ts';
export * from './rule-routes.ts';
export * from './scan-routes.ts';
export * from './sources-routes.ts';
export * from './telemetry-event.ts';
export * from './versions.ts';
