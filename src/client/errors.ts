import { errorCatalogue } from '../contracts/index.ts';

export const clientErrors = errorCatalogue('client', {
  unreachable: { status: 503, retryable: true, meaning: 'No server answers at this address.' },
  answer_invalid: { status: 502, meaning: 'What answered is no Tyrian server of this version.' },
  stream_lost: {
    status: 503,
    retryable: true,
    meaning: 'The stream of a run broke off and could not be taken up again.',
  },
});
