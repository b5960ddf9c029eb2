import { intelErrors } from './errors.ts';

/** Throws `intel.not_understood` for what is not whole JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw intelErrors.make('not_understood', 'The document is not whole JSON', { cause });
  }
}
