import { errorCatalogue } from '../contracts/index.ts';

export const analystErrors = errorCatalogue('analyst', {
  cannot_plan: {
    status: 422,
    meaning: 'The planner does not understand the question; `details.can` lists questions that it does.',
  },
  busy: {
    status: 503,
    retryable: true,
    meaning: 'As many questions are worked on as the configuration allows; ask again in a moment.',
  },
  stopped: { status: 499, meaning: 'The asker stopped the run, or closed its stream, before it was done.' },
  out_of_time: {
    status: 504,
    retryable: true,
    meaning: 'The run took longer than it may; a narrower window or question takes less.',
  },
  too_large: { status: 507, meaning: 'The run produced more events than are kept of one run.' },
  no_such_run: {
    status: 404,
    meaning: 'No run of this id is kept for this tenant: it never was, or newer runs took its place.',
  },
  failed: {
    status: 500,
    meaning: 'The run broke for a reason inside the program; the log tells it under the trace id.',
  },
});
