import { errorCatalogue } from '../contracts/index.ts';

export const apiErrors = errorCatalogue('api', {
  event_unknown: { status: 404, meaning: "No stored event of the caller's tenant has this id." },
  window_invalid: { status: 400, meaning: 'The window ends before it begins.' },
  not_confirmed: { status: 400, meaning: 'What can not be undone was asked for without its confirmation.' },
  local_only: {
    status: 403,
    meaning: 'What concerns the whole machine is ordered by a command on it, not by a key.',
  },
  unknown_source: { status: 404, meaning: 'There is no such source; details list those that there are.' },
  run_broken: {
    status: 500,
    meaning: 'A run ended without an answer and without an error; a fault of the program.',
  },
});
