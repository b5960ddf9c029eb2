/**
 * Contracts: the schemas and types that everything else speaks, the error base, the configuration.
 * Holds no behaviour beyond parsing; knows no other room.
 */
export * from './answer.ts';
export * from './attributes.ts';
export * from './bridge.ts';
export * from './config.ts';
export * from './dead-letter.ts';
export * from './error.ts';
export * from './evidence.ts';
export * from './hunt-plan.ts';
export * from './principal.ts';
export * from './question.ts';
export * from './raw-record.ts';
export * from './routes.ts';
export * from './telemetry-event.ts';
export * from './versions.ts';
