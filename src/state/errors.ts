import { errorCatalogue } from '../contracts/error.ts';

/** Every code of the room. Messages never hold the values of parameters. */
export const stateErrors = errorCatalogue('state', {
  query: {
    status: 500,
    meaning: 'the engine refused a statement; details.sqlstate has the reason as a Postgres code',
  },
  conflict: { status: 409, meaning: 'a row with the same unique key is there already' },
  busy: { status: 503, retryable: true, meaning: 'too many statements wait; send again later' },
  timeout: {
    status: 503,
    retryable: true,
    meaning: 'a statement or transaction passed its time bound and was undone',
  },
  ended: {
    status: 503,
    retryable: true,
    meaning:
      'the engine ended while the statement or transaction ran; whether a lone statement took effect is not known',
  },
  closed: { status: 503, retryable: true, meaning: 'the state is closed or closing' },
  nested: {
    status: 500,
    meaning:
      'a statement was sent past the session of the transaction that it is part of; it would wait for ever',
  },
  transaction_over: { status: 500, meaning: 'a session was used after its transaction had ended' },
  number_too_large: {
    status: 500,
    meaning: 'an int8 beyond 2^53 was read; cast it to text in the statement',
  },
  too_many_rows: { status: 500, meaning: 'a statement gave more rows than the bound; read in pages' },
  open: { status: 500, meaning: 'the data could not be opened or made' },
  damaged: {
    status: 500,
    meaning: 'the engine cannot read its files; "tyrian state rebuild" makes them again from the journal',
  },
  other_engine: {
    status: 500,
    meaning:
      'the files were made by another major version of Postgres; "tyrian state rebuild" makes them again',
  },
  newer: { status: 500, meaning: 'the data was written by a newer program; update this one' },
  migration_changed: { status: 500, meaning: 'a migration was changed after it had run here' },
  migration_order: {
    status: 500,
    meaning: 'two migrations of a room have one version, or one comes before another that has run already',
  },
  archive: { status: 500, meaning: 'a dump could not be written, or a file is no dump or a damaged one' },
});
