import type { TrustedSql } from '../sql/index.ts';
import type { SourceCatalogue } from './catalogue.ts';
import { columnOfField } from './native-sql-column.ts';
import { readRaw, readRecord } from './native-sql-raw.ts';

/** Which events an expression is for, as far as their columns say; a part that is undefined may be anything. */
export interface EventPlace {
  /** Folders of mappings; undefined: of any. */
  readonly sources: readonly string[] | undefined;
  /** Values of `metadata_log_name`, in lower case. */
  readonly logs: readonly string[] | undefined;
  /** Values of `metadata_event_code`. */
  readonly codes: readonly string[] | undefined;
}

/** A native field read from `raw` in SQL, for the records of which `RecordReading` says that they can be read. */
export interface RawReading {
  /** The text of the value; '' when absent, null or ''. An array or object is JSON, so it begins with a bracket. */
  readonly text: TrustedSql;
  /** 0 absent, 1 null, 2 any other value. */
  readonly state: TrustedSql;
  /** 1 for records of which SQL can't tell what the field holds: it may be a member of an array, or in a name with dots. */
  readonly doubt: TrustedSql;
}

export interface RecordReading {
  /** 1 for records that are JSON and nothing else, in the shape of their form. */
  readonly readable: TrustedSql;
  /** The names of fields that the record writes with blanks, without them: `ThreatName` for `Threat Name`. */
  readonly spaced: TrustedSql;
  /** 1 where each text of the record stands with no escapes but those of quotes, backslashes and control characters. */
  readonly plain: TrustedSql;
}

/**
 * How native fields of stored events are read in SQL: the twin of `nativeFields`. The names of a field are tried in order;
 * the first that is there counts.
 */
export interface FieldSql {
  /** The text column that, wherever it is not '', holds the field's text (an array or object as JSON); undefined: none. */
  column(place: EventPlace, names: readonly string[]): string | undefined;
  /** Undefined when `record` is. */
  raw(place: EventPlace, names: readonly string[]): RawReading | undefined;
  /** Undefined: SQL reads the records of no event of the place. */
  record(place: EventPlace): RecordReading | undefined;
}

/** Answers that are remembered: those of the fields that rules ask for. */
const maxRemembered = 20_000;

/** The fields of a catalogue's sources. A record that writes a key twice is outside of its promise. */
export function fieldSql(catalogue: SourceCatalogue): FieldSql {
  return {
    column: remembered((place, names) => columnOfField(catalogue, place, names)),
    raw: remembered((place, names) => readRaw(catalogue, place, names)),
    record: (place) => readRecord(catalogue, place),
  };
}

type Answer<T> = (place: EventPlace, names: readonly string[]) => T;

function remembered<T>(answer: Answer<T>): Answer<T> {
  const known = new Map<string, { readonly of: T }>();
  return ({ sources, logs, codes }, names) => {
    const key = JSON.stringify([sources, logs, codes, names]);
    const found = known.get(key) ?? { of: answer({ sources, logs, codes }, names) };
    if (known.size >= maxRemembered) known.clear();
    known.set(key, found);
    return found.of;
  };
}
