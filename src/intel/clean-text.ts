import { intelErrors } from './errors.ts';

/** Control, format (bidirectional marks, zero width), surrogate and unassigned characters; not line feed and tab. */
const invisible = /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/gu;

/** Bytes as text. Throws `intel.not_text` for what is not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw intelErrors.make('not_text', 'The document is not UTF-8 text', { cause });
  }
}

/** Text that can steer no terminal and hides nothing: line ends as `\n`, invisible characters taken out, NFC. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(invisible, '').normalize('NFC');
}

/** In one line: runs of white space become one space. */
export const oneLine = (text: string) => cleanText(text).replace(/\s+/g, ' ').trim();
