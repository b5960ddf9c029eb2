/**
 * The model gateway: opens the configured language model (any OpenAI-compatible server) within limits of time,
 * concurrency and retries, and estimates tokens. It writes no prompts, keeps no key beyond the provider it opens,
 * and lets none of a call's content into its errors. Without a configured server there is no model.
 */
export type { Model } from './guarded-model.ts';
export { type ModelOptions, openModel } from './open-model.ts';
export { estimateTokens } from './token-estimate.ts';
