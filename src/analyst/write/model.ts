import { streamText } from 'ai';
import { TyrianError } from '../../contracts/index.ts';
import type { Model } from '../../llm/index.ts';
import { LineProtocol } from './line-protocol.ts';
import type { Writer, WriterPiece } from './port.ts';
import { makePrompt } from './prompt.ts';

export interface ModelWriterParts {
  readonly model: Model;
  /** Writes instead when the model fails before its first word. */
  readonly fallback: Writer;
  /** Tokens of system text, evidence and question together (estimated), and of the answer. */
  readonly contextTokens?: number;
  readonly answerTokens?: number;
}

const defaultContextTokens = 8_192;
const defaultAnswerTokens = 1_500;

/** A language model writes; each line carries its claim, and the verifier holds it to that. */
export function createModelWriter(parts: ModelWriterParts): Writer {
  const { model, fallback, contextTokens = defaultContextTokens } = parts;
  return {
    async *write(context, signal) {
      const { system, prompt, leftOut } = makePrompt(context, contextTokens);
      const lines = new LineProtocol(
        (id) => context.evidence.find((each) => each.id === id)?.rows.length ?? 0,
      );
      const call = streamText({
        model,
        system,
        prompt,
        maxRetries: 0,
        maxOutputTokens: parts.answerTokens ?? defaultAnswerTokens,
        temperature: 0,
        abortSignal: signal,
        onError: () => undefined,
        ...(context.traceparent === '' ? {} : { headers: { traceparent: context.traceparent } }),
      });
      let said = false;
      let failure: unknown;
      for await (const part of call.fullStream) {
        if (part.type === 'text-delta' && part.text !== '') {
          if (!said) yield* opening(model, leftOut);
          said = true;
          yield* lines.push(part.text);
        } else if (part.type === 'finish') {
          yield usageOf(part.totalUsage);
          if (part.finishReason === 'length') failure ??= 'its answer reached the limit of its length';
        } else if (part.type === 'error') failure = part.error;
      }
      signal.throwIfAborted();
      if (said) yield* ending(lines, failure);
      else yield* instead(model, failure, fallback.write(context, signal));
    },
  };
}

function nameOf(model: Model): string {
  return `${model.provider} ${model.modelId}`;
}

function* opening(model: Model, leftOut: readonly string[]): Generator<WriterPiece> {
  yield {
    kind: 'author',
    name: nameOf(model),
    note: `Written by a language model (${nameOf(model)}); each sentence is checked against the evidence.`,
  };
  for (const text of leftOut) yield { kind: 'gap', text };
}

function* ending(lines: LineProtocol, failure: unknown): Generator<WriterPiece> {
  if (failure === undefined) {
    yield* lines.finish();
    return;
  }
  const reason = reasonOf(failure);
  yield { kind: 'cut', reason: 'the model broke off' };
  yield { kind: 'gap', text: `The model broke off: ${reason}` };
}

async function* instead(
  model: Model,
  failure: unknown,
  fallback: AsyncIterable<WriterPiece>,
): AsyncGenerator<WriterPiece> {
  const why = failure === undefined ? 'it said nothing' : reasonOf(failure);
  yield { kind: 'gap', text: `The model ${nameOf(model)} did not write: ${why}` };
  yield* fallback;
}

/** Only the gateway's own words: what a provider's error carries may hold what was sent. */
function reasonOf(failure: unknown): string {
  if (typeof failure === 'string') return failure;
  return failure instanceof TyrianError ? `${failure.code}: ${failure.message}` : 'it failed';
}

function usageOf(usage: {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}): WriterPiece {
  return { kind: 'usage', input_tokens: usage.inputTokens ?? 0, output_tokens: usage.outputTokens ?? 0 };
}
