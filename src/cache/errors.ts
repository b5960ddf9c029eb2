import { errorCatalogue } from '../contracts/index.ts';

export const cacheErrors = errorCatalogue('cache', {
  closed: { status: 503, retryable: true, meaning: 'the cache is closed' },
  too_large: { status: 500, meaning: 'a key or value is larger than the bound of the cache' },
  bad_limit: { status: 500, meaning: 'a lifetime, limit, window or cost is no positive whole number' },
});
