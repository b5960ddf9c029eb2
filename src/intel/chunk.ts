/** A passage is filled up to the target; one paragraph alone may go up to the maximum, then it is cut. */
export const targetLength = 1_200;
export const maxLength = 2_000;

/**
 * Paragraphs put together to passages, none across a heading and none longer than `maxLength` UTF-16 code units. A
 * longer paragraph is cut behind a sentence, else at a space, else anywhere but inside a surrogate pair. Nothing but
 * white space is lost. Linear.
 */
export function chunkParagraphs(paragraphs: readonly string[]): readonly string[] {
  const chunks: string[] = [];
  let open = '';
  for (const part of paragraphs.flatMap(cutParagraph)) {
    if (open !== '' && open.length + part.length + separator.length > targetLength) {
      chunks.push(open);
      open = '';
    }
    open = open === '' ? part : open + separator + part;
  }
  return open === '' ? chunks : [...chunks, open];
}

const separator = '\n\n';

function cutParagraph(paragraph: string): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  while (paragraph.length - at > maxLength) {
    const end = at + cutOf(paragraph.slice(at, at + maxLength));
    parts.push(paragraph.slice(at, end).trim());
    at = end;
  }
  parts.push(paragraph.slice(at).trim());
  return parts.filter((part) => part !== '');
}

/** Where a full window is cut: never so early that cutting would go on for long. */
function cutOf(window: string): number {
  const earliest = window.length / 2;
  const sentence = Math.max(window.lastIndexOf('. '), window.lastIndexOf('\n'));
  if (sentence >= earliest) return sentence + 1;
  const space = window.lastIndexOf(' ');
  if (space >= earliest) return space + 1;
  const last = window.charCodeAt(window.length - 1);
  return (last & 0xfc00) === 0xd800 ? window.length - 1 : window.length;
}
