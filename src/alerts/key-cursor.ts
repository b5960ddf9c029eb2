import type * as z from 'zod';
import { alertsErrors } from './errors.ts';

/** Writes the key of a page's last row as text of letters that need no escape in a URL, and reads it again. */
export function keyCursor<T>(schema: z.ZodType<T>) {
  return {
    write: (key: T): string => Buffer.from(JSON.stringify(key)).toString('base64url'),
    /** Throws `alerts.cursor`. */
    read(text: string): T {
      try {
        return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
      } catch (cause) {
        throw alertsErrors.make('cursor', 'The cursor is not one that this list gave', { cause });
      }
    },
  };
}
