import * as z from 'zod';
import { AlertId, type AlertSort } from '../contracts/alert.ts';
import { alertsErrors } from './errors.ts';

/** The last alert of a page: the next one begins behind it. */
export interface Cursor {
  readonly score: number;
  readonly last_seen: string;
  readonly id: string;
}

const Written = z.tuple([z.string(), z.int().min(0).max(100), z.iso.datetime(), AlertId]);

/** As text of letters that need no escape in a URL. */
export function writeCursor(sort: AlertSort, { score, last_seen, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, score, last_seen, id])).toString('base64url');
}

/** Throws `alerts.cursor` for another text, or for one of another order. */
export function readCursor(text: string, sort: AlertSort): Cursor {
  const parsed = Written.safeParse(parseQuietly(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success || parsed.data[0] !== sort)
    throw alertsErrors.make('cursor', 'The cursor is not one that a list of this order gave');
  const [, score, last_seen, id] = parsed.data;
  return { score, last_seen, id };
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
