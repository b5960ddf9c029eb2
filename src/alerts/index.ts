/**
 * Alerts: detections joined by rule and entity, scored with each point explained, worked on by people; exceptions that keep
 * detections from them. Its tables are made from the journal alone; what people may want to be told goes to an outbox that `respond/` reads,
 * and alerts that open are told to a follower (`cases/`). Detects nothing, sends nothing.
 */
export { type Alerts, createAlerts, type People } from './alerts.ts';
export { createExceptions, type Exceptions } from './exceptions/exceptions.ts';
export { type AlertOpening, defaultLimits, type OpeningFollower } from './memory.ts';
export { alertsProjection } from './projection.ts';
export { readAlertRows } from './view.ts';
