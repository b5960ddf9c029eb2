import * as z from 'zod';
import { TyrianError } from '../contracts/index.ts';
import type { Topics } from '../log/index.ts';
import { journalErrors } from './errors.ts';

/** An entry that is skipped, with why. */
export interface EntryFault {
  readonly topic: string;
  readonly offset: number;
  readonly error: TyrianError;
}

/** An entry as its schema reads it, or why it can't be read. */
export type PageEntry<T> = { readonly offset: number } & (
  | { readonly value: T }
  | { readonly fault: EntryFault }
);

export interface PageRequest<T> {
  readonly topic: string;
  readonly schema: z.ZodType<T>;
  readonly from: number;
  readonly limit: number;
}

/** Bytes after which a page ends. */
const maxPageBytes = 4 * 1024 * 1024;

/**
 * Some entries of a topic from an offset on, in order, each read by the schema; none at the end. One that is damaged or not
 * what it should be comes as its fault. Offsets that were trimmed are passed over.
 */
export async function readPage<T>(
  topics: Topics,
  { topic, schema, from, limit }: PageRequest<T>,
): Promise<readonly PageEntry<T>[]> {
  try {
    const { entries } = await topics.read({ topic, from, limit, maxBytes: maxPageBytes });
    return entries.map(({ offset, value }) => ({ offset, ...decoded(topic, offset, value, schema) }));
  } catch (error) {
    if (!(error instanceof TyrianError)) throw error;
    if (error.code === 'log.corrupt_entry') return [{ offset: from, fault: { topic, offset: from, error } }];
    if (error.code !== 'log.trimmed') throw error;
    const { first } = await topics.ends(topic);
    return readPage(topics, { topic, schema, from: first, limit });
  }
}

function decoded<T>(topic: string, offset: number, bytes: Uint8Array, schema: z.ZodType<T>) {
  try {
    return { value: schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))) };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is not JSON';
    const error = journalErrors.make('unreadable', `Entry ${offset} of '${topic}' is skipped: ${reason}`, {
      cause,
    });
    return { fault: { topic, offset, error } };
  }
}
