import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { Config } from '../contracts/index.ts';
import { guardModel, type Model, type ModelLimits } from './guarded-model.ts';

const defaultLimits: Omit<ModelLimits, 'callMs'> = {
  firstTokenMs: 15_000,
  concurrent: 8,
  waiting: 64,
  attempts: 3,
  pauseMs: 300,
  longestPauseMs: 10_000,
};

export interface ModelOptions {
  /** From 0 to 1: spreads retries. */
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits?: Partial<ModelLimits>;
}

/**
 * The language model that the configuration names, at any server that speaks OpenAI's chat completions; undefined
 * when none is configured. A `traceparent` header of a call is passed on. Opens no connection by itself.
 */
export function openModel(
  settings: Config['model'],
  { random, now, limits }: ModelOptions,
): Model | undefined {
  if (settings.base_url === undefined) return undefined;
  const provider = createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: settings.base_url,
    includeUsage: true,
    ...(settings.api_key === undefined ? {} : { apiKey: settings.api_key }),
  });
  const callMs = settings.timeout_seconds * 1_000;
  return guardModel(provider.chatModel(settings.name), {
    random,
    now,
    limits: { ...defaultLimits, callMs, ...limits },
  });
}
