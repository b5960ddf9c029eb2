import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { RulePackName } from '../contracts/index.ts';
import type { Placeholders } from '../detect/index.ts';
import { rulesErrors } from './errors.ts';

/** A `pack.yml` holds a few short texts. */
export const maxHeadBytes = 16 * 1024;
export const maxPlaceholderBytes = 512 * 1024;
/** Rules of a pack that are off until somebody puts them in force. */
const maxOff = 10_000;
const maxPlaceholders = 1_000;
const maxValues = 10_000;

/** What `pack.yml` in the folder of a pack says; each part may be left out. */
const PackHead = z.strictObject({
  name: z.exactOptional(RulePackName),
  title: z.exactOptional(z.string().max(200)),
  license: z.exactOptional(z.string().max(100)),
  author: z.exactOptional(z.string().max(512)),
  source: z.exactOptional(z.string().max(512)),
  off: z.exactOptional(z.array(z.string().max(200)).max(maxOff)),
});
export type PackHead = z.infer<typeof PackHead>;

const Value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** `placeholders.yml`: name without percent signs → a value or a list of values. */
const PlaceholderFile = z
  .record(
    z.string().regex(/^[^%\s\\]+$/, { error: 'a placeholder is named without percent signs and blanks' }),
    z.union([Value.transform((one) => [one]), z.array(Value).min(1).max(maxValues)]),
  )
  .refine((all) => Object.keys(all).length <= maxPlaceholders, {
    error: `there are more than ${maxPlaceholders} placeholders`,
  });

/** Reads the text of a `pack.yml`. Throws `rules.pack_unreadable`. */
export const readHead = (text: string, file: string): PackHead => read(PackHead, text, file);

/** Reads the text of a `placeholders.yml`. Throws `rules.pack_unreadable`. */
export const readPlaceholders = (text: string, file: string): Placeholders =>
  new Map(Object.entries(read(PlaceholderFile, text, file)));

function read<T>(schema: z.ZodType<T>, text: string, file: string): T {
  try {
    return schema.parse(parseYaml(text) ?? {});
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw rulesErrors.make('pack_unreadable', `${file}: ${why}`, { cause });
  }
}
