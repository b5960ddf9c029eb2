import { errorCatalogue } from '../contracts/index.ts';

/** Codes of this room: those of dead letters, and of a mapping that can't be loaded. */
export const normaliseErrors = errorCatalogue('normalise', {
  invalid_utf8: { status: 422, meaning: 'the record is not valid UTF-8' },
  not_json: {
    status: 422,
    meaning: 'the record is not JSON; the path is `byte N`, where it stops being JSON',
  },
  not_object: { status: 422, meaning: 'the record is JSON, but no object' },
  not_xml: { status: 422, meaning: 'the record holds event XML that is not well-formed' },
  too_deep: { status: 422, meaning: 'the record nests deeper than 1,024 levels' },
  unrecognised: {
    status: 422,
    meaning: 'no form of the named source fits; the path is the first field that the nearest form misses',
  },
  missing_field: { status: 422, meaning: 'a field that the mapping requires is absent or empty' },
  wrong_type: { status: 422, meaning: 'a field that the mapping requires is an object or an array' },
  mapping_invalid: { status: 500, meaning: 'a mapping file breaks the mapping language' },
  source_unreadable: {
    status: 500,
    meaning: 'a folder of sources or a mapping file in it cannot be read, or is larger than it may be',
  },
});

/** What a dead letter of this room can say. */
export type DeadCode =
  | 'invalid_utf8'
  | 'not_json'
  | 'not_object'
  | 'not_xml'
  | 'too_deep'
  | 'unrecognised'
  | 'missing_field'
  | 'wrong_type';
