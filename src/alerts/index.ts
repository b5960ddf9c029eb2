/**
 * Alerts: detections joined by rule and entity, scored with each point explained, worked on by people. Its tables are made
 * from the journal alone; what people may want to be told goes to an outbox that `respond/` reads. Detects nothing, sends nothing.
 */
export { type Alerts, createAlerts, type People } from './alerts.ts';
export { alertsProjection } from './projection.ts';
