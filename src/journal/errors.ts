import { errorCatalogue } from '../contracts/index.ts';

export const journalErrors = errorCatalogue('journal', {
  busy: { status: 503, retryable: true, meaning: 'More changes wait for their turn than the bound allows.' },
  closed: { status: 503, retryable: true, meaning: 'The journal is closed or closing.' },
  unknown_kind: { status: 500, meaning: 'Nothing that is open takes changes of this kind.' },
  bad_change: { status: 500, meaning: 'A decision gave what a change may not hold.' },
  too_large: { status: 413, meaning: 'A change or a line of the audit trail is larger than its bound.' },
  bad_key: { status: 400, meaning: 'What should be the key of a line of the audit trail is none.' },
  unreadable: {
    status: 500,
    meaning: 'An entry of a topic is not what it should be; it is skipped and counted.',
  },
  not_applied: {
    status: 500,
    meaning: 'An entry is on disk, but what is made of it failed; it is skipped in the tables and counted.',
  },
});
