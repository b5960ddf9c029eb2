import { errorCatalogue } from '../contracts/index.ts';

export const errors = errorCatalogue('store', {
  busy: { status: 503, retryable: true, meaning: 'too many queries wait for a connection' },
  behind: { status: 503, retryable: true, meaning: 'merging is behind: more parts than the engine takes' },
  full: { status: 503, retryable: true, meaning: 'there is not enough disk space' },
  timeout: { status: 504, meaning: 'a query took longer than its limit' },
  memory: { status: 503, retryable: true, meaning: 'a query needed more memory than its limit' },
  too_large: { status: 413, meaning: 'a result is larger than its limit' },
  cancelled: { status: 499, meaning: 'a query was killed' },
  query: { status: 500, meaning: 'the engine refused a statement' },
  closed: { status: 503, meaning: 'the store is closed' },
  open: { status: 500, meaning: 'the data folder or server could not be opened' },
  no_copy: {
    status: 501,
    meaning: 'only the embedded engine is copied by Tyrian; back up a server by its own BACKUP',
  },
  copy: { status: 500, meaning: 'the engine froze its tables, but what it froze was not found' },
  not_empty: { status: 409, meaning: 'a copy is written into an empty folder only' },
  newer: { status: 500, meaning: 'a newer program wrote the data; this one must not touch it' },
});
