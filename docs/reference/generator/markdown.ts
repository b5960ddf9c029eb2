/** What a table cell may not hold as it stands. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`);
  return lines.join('\n');
}

export const code = (text: string) => (text === '' ? '' : `\`${text}\``);

/** A page of blocks, with the note that it is made. */
export function page(title: string, ...blocks: readonly string[]): string {
  const note =
    '<!-- Made by `node docs/reference/generate.ts`; change the schema or the catalogue, not this page. -->';
  return `${[`# ${title}`, note, ...blocks].join('\n\n')}\n`;
}
