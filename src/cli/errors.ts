import { errorCatalogue } from '../contracts/index.ts';

export const cliErrors = errorCatalogue('cli', {
  scope: { status: 400, meaning: 'A scope of the command line is none of the known ones.' },
  question: { status: 400, meaning: 'The question is empty or too long.' },
  time: { status: 400, meaning: 'A time of the command line is neither a duration nor an ISO time.' },
  level: { status: 400, meaning: 'A level of the command line is none of the known ones.' },
  source: { status: 400, meaning: 'A source of the command line is none of the known ones.' },
  rule: { status: 400, meaning: 'A rule file of the command line is empty or too long.' },
  job: { status: 500, meaning: 'A job that the command ordered did not end well; the message says why.' },
  restore: { status: 400, meaning: 'A restore needs the folder to restore into, by --data.' },
});
