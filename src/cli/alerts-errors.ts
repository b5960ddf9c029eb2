import { errorCatalogue } from '../contracts/index.ts';

/** What `tyrian alerts` refuses before it asks. */
export const alertsCommandErrors = errorCatalogue('cli', {
  alerts: {
    status: 400,
    meaning: 'The words of the command name no alerts or no change; the message says what is wrong.',
  },
});
