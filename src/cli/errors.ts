import { errorCatalogue } from '../contracts/index.ts';

export const cliErrors = errorCatalogue('cli', {
  scope: { status: 400, meaning: 'A scope of the command line is none of the known ones.' },
  question: { status: 400, meaning: 'The question is empty or too long.' },
  time: { status: 400, meaning: 'A time of the command line is neither a duration nor an ISO time.' },
});
