import type { EventPlace, FieldSql } from '../../normalise/index.ts';
import { quoteIdentifier, quoteString } from '../../sql/index.ts';
import type { Bindings } from './bindings.ts';
import { and, type BooleanSql, or } from './bounds.ts';
import { foldSql } from './text-sql.ts';

/** A field of a row as SQL. */
export interface FieldText {
  /** '' when absent, null or ''. */
  readonly text: string;
  /** In lower case, as `fold` has it. */
  readonly folded: string;
  /** 0 absent, 1 null, 2 any other value. */
  readonly state: string;
  /** 1 where the above need not be so: an array or object, a record that SQL can't read. */
  readonly doubt: BooleanSql;
  /** Its only texts, where the place pins them. */
  readonly pinned?: readonly string[];
}

/** Reads fields of the rows of one place. */
export type ReadField = (names: readonly string[]) => FieldText;

/** How the fields of one place are read. */
export interface Reading {
  readonly fields: FieldSql;
  readonly place: EventPlace;
  readonly readsRaw: boolean;
  /** For what is long; undefined: it is written out. */
  readonly bindings: Bindings | undefined;
  /** 1 for the rows whose records are read, where other rules read others; undefined: those of all rows asked for. */
  readonly rows: string | undefined;
}

export function fieldReader({ fields, place, readsRaw, bindings, rows }: Reading): ReadField {
  const bind = (expression: string, level: 'record' | 'field') =>
    bindings?.name(expression, level) ?? expression;
  const among = (expression: string, otherwise: string) =>
    bind(rows === undefined ? expression : `if(${rows}, ${expression}, ${otherwise})`, 'record');
  const spaced = fields.record(place)?.spaced;
  const finish = (text: string, state: string, doubts: readonly BooleanSql[]): FieldText => {
    const doubt = or([...doubts, isStructure(text)]);
    return { text, folded: bind(foldSql(text), 'field'), state, doubt: bind(doubt, 'field') };
  };
  return (names) => {
    const column = fields.column(place, names);
    const raw = fields.raw(place, names);
    const filled = column === undefined ? undefined : quoteIdentifier(column);
    if (column === 'metadata_event_code' && filled !== undefined && place.codes !== undefined) {
      return { ...finish(filled, '2', []), doubt: '0', pinned: place.codes };
    }
    if (!readsRaw || raw === undefined || spaced === undefined) {
      return filled === undefined ? unreadable : finish(filled, '2', [`empty(${filled})`]);
    }
    // An empty column leaves open what the field holds: a blank, nothing, or something that stands elsewhere.
    const either = (one: string, other: string, otherwise: string) =>
      among(filled === undefined ? other : `if(notEmpty(${filled}), ${one}, ${other})`, otherwise);
    const text = either(filled ?? '', raw.text, "''");
    return finish(text, either('2', raw.state, '0'), [
      raw.doubt === '0' ? '0' : either('0', raw.doubt, '0'),
      isSpaced(names, text, among(spaced, '[]')),
    ]);
  };
}

const unreadable: FieldText = { text: "''", folded: "''", state: '0', doubt: '1' };

function isStructure(text: string): BooleanSql {
  return `in(substring(${text}, 1, 1), ('[', '{'))`;
}

/** 1 where one of the names that may count is written with blanks. */
function isSpaced(names: readonly string[], text: string, spaced: string): BooleanSql {
  const has = (name: string) => (name.includes(' ') ? '0' : `has(${spaced}, ${quoteString(name)})`);
  const last = names.at(-1) ?? '';
  return or([...names.slice(0, -1).map(has), and([`empty(${text})`, has(last)])]);
}
