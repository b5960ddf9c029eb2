import { errorCatalogue } from '../contracts/index.ts';

/** What `tyrian intel` refuses before it asks. */
export const intelCommandErrors = errorCatalogue('cli', {
  intel: {
    status: 400,
    meaning: 'The words of the command name no document that can be sent; the message says what is wrong.',
  },
});
