import { errorCatalogue } from '../../contracts/index.ts';

/** What the receiver answers with, beside what the log refuses. */
export const receiverErrors = errorCatalogue('intake', {
  unknown_source: {
    status: 404,
    meaning: 'No such source; details list the known ones, and `auto` recognises.',
  },
  none_accepted: { status: 400, meaning: 'Not one record of the request could be framed; details say why.' },
});
