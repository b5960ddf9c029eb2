import { errorCatalogue } from '../contracts/index.ts';

/** What `tyrian scan` refuses. */
export const scanCommandErrors = errorCatalogue('cli', {
  scan: { status: 400, meaning: 'The words of the command make no scan; the message says what is wrong.' },
});
