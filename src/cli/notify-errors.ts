import { errorCatalogue } from '../contracts/index.ts';

/** What the commands that declare or watch over channels refuse. */
export const notifyErrors = errorCatalogue('cli', {
  channel: {
    status: 400,
    meaning: 'The words of the command make no channel; the message says what is wrong.',
  },
});
