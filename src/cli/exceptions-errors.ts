import { errorCatalogue } from '../contracts/index.ts';

/** What `tyrian exceptions` refuses before it asks. */
export const exceptionsCommandErrors = errorCatalogue('cli', {
  exception: {
    status: 400,
    meaning:
      'A --when of the command line is no condition; the message says what is wrong, and how one looks.',
  },
});
