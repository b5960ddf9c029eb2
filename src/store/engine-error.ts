import { TyrianError } from '../contracts/index.ts';
import { errors } from './errors.ts';

/** Codes of ClickHouse's ErrorCodes.cpp that a caller can do something about. */
const known = {
  '158': 'too_large',
  '159': 'timeout',
  '160': 'timeout',
  '241': 'memory',
  '243': 'full',
  '252': 'behind',
  '307': 'too_large',
  '394': 'cancelled',
  '396': 'too_large',
} as const satisfies Record<string, Parameters<typeof errors.make>[0]>;

/** The client's `ClickHouseError` by its shape: chDB throws the class of another copy of the client's package. */
interface EngineError extends Error {
  readonly code: string;
  readonly type?: string;
}

function isEngineError(thrown: unknown): thrown is EngineError {
  return thrown instanceof Error && 'code' in thrown && /^\d+$/.test(String(thrown.code));
}

/** What an engine threw, as an error of this room. */
export function engineError(thrown: unknown): TyrianError {
  if (thrown instanceof TyrianError) return thrown;
  if (!isEngineError(thrown)) {
    return errors.make('query', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
  const what = known[thrown.code as keyof typeof known] ?? 'query';
  const details = { engine_code: thrown.code, engine_type: thrown.type ?? '' };
  return errors.make(what, thrown.message, { cause: thrown, details });
}
