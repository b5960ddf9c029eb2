import { errorCatalogue } from '../contracts/index.ts';

export const apiErrors = errorCatalogue('api', {
  event_unknown: { status: 404, meaning: "No stored event of the caller's tenant has this id." },
  window_invalid: { status: 400, meaning: 'The window ends before it begins.' },
  run_broken: {
    status: 500,
    meaning: 'A run ended without an answer and without an error; a fault of the program.',
  },
});
