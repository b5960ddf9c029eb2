import { type Attribute, attributes, ocsfVersion } from '../../../src/contracts/index.ts';
import { events } from '../../../src/store/tables/events.ts';
import { code, page, table } from './markdown.ts';

export function attributesPage(): string {
  const declared = Object.entries<Attribute>(attributes);
  const envelope = Object.entries(events.columns).filter(([name]) => !(name in attributes));
  return page(
    'Columns of an event',
    `An event has the ${declared.length} attributes below (Open Cybersecurity Schema Framework ${ocsfVersion}) and ` +
      `${envelope.length} columns of its envelope. Absent is empty text, null for an integer, and the empty list.`,
    '## Attributes',
    table(
      ['column', 'OCSF path', 'type', 'meaning'],
      declared.map(([name, { path, type, caption }]) => [code(name), code(path), type, caption]),
    ),
    '`text` and `code` are strings (`code` has few distinct values), `ip` is the canonical text of an address, `int` an unsigned 64-bit ' +
      'integer, `list` an array of strings.',
    '## Envelope',
    table(
      ['column', 'ClickHouse type', 'meaning'],
      envelope.map(([name, { type, comment }]) => [code(name), code(type), comment ?? '']),
    ),
  );
}
