/**
 * Cases: alerts that belong together, each with why it is there. They are grouped as they open (`followOpenings` is handed to the
 * projection of alerts); people split, merge and work on them. Reads alerts, changes none.
 */
export { type Cases, createCases } from './cases.ts';
export { followOpenings } from './follow.ts';
export { casesProjection } from './projection.ts';
