import { errorCatalogue } from '../contracts/index.ts';

export const systemErrors = errorCatalogue('system', {
  folder_held: {
    status: 409,
    meaning: 'Another process holds the data folder; the message says which and how to reach it.',
  },
  folder_newer: { status: 409, meaning: 'The data folder was written by a newer program; use that one.' },
  folder_unusable: { status: 500, meaning: 'The data folder can not be made, read or written.' },
  unknown_source: {
    status: 404,
    meaning: 'There is no such source; the message lists those that there are.',
  },
  thread_ended: { status: 500, meaning: 'The pipeline thread ended without being asked to.' },
});
