import { errorCatalogue } from '../contracts/index.ts';

export const llmErrors = errorCatalogue('llm', {
  refused: { status: 502, meaning: 'The model server refused the key or the model name (401, 403, 404).' },
  bad_request: { status: 502, meaning: 'The model server did not take the request (another 4xx).' },
  rate_limited: {
    status: 503,
    retryable: true,
    meaning: 'The model server limits the rate and went on doing so through every retry.',
  },
  unavailable: {
    status: 503,
    retryable: true,
    meaning: 'The model server can not be reached, or failed through every retry.',
  },
  busy: { status: 503, retryable: true, meaning: 'As many model calls run and wait as may.' },
  out_of_time: {
    status: 504,
    retryable: true,
    meaning: 'The first token, or the whole call, took longer than it may.',
  },
  broken: {
    status: 502,
    retryable: true,
    meaning: 'The model server broke off in the middle of its answer.',
  },
});
