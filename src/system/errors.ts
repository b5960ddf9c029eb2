import { errorCatalogue } from '../contracts/index.ts';

export const systemErrors = errorCatalogue('system', {
  folder_held: {
    status: 409,
    meaning: 'Another process holds the data folder; the message says which and how to reach it.',
  },
  folder_newer: { status: 409, meaning: 'The data folder was written by a newer program; use that one.' },
  folder_restoring: {
    status: 409,
    meaning: 'A backup was not wholly restored into the data folder; empty it and restore again.',
  },
  backup_target: {
    status: 409,
    meaning: 'The folder for a backup is not empty, not usable, or part of the data.',
  },
  backup_room: { status: 507, meaning: 'The disk for a backup has too little room.' },
  backup_running: { status: 409, meaning: 'Another backup is being made; one is made at a time.' },
  backup_broken: {
    status: 409,
    meaning: 'A backup has no manifest, or a file of it is missing or not as it was written.',
  },
  backup_newer: { status: 409, meaning: 'A backup was made by a newer program; restore it with that one.' },
  restore_target: { status: 409, meaning: 'The folder to restore into is not empty, or part of the backup.' },
  folder_unusable: { status: 500, meaning: 'The data folder can not be made, read or written.' },
  unknown_source: {
    status: 404,
    meaning: 'There is no such source; the message lists those that there are.',
  },
  local_caller: { status: 400, meaning: 'A request over the local socket does not say whom it speaks for.' },
  thread_ended: { status: 500, meaning: 'The pipeline thread ended without being asked to.' },
});
