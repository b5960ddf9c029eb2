import { errorCatalogue } from '../../contracts/index.ts';

/** What the receiver answers with, beside what the log refuses. */
export const receiverErrors = errorCatalogue('intake', {
  unknown_source: {
    status: 404,
    meaning: 'No such source; details list the known ones, and `auto` recognises.',
  },
  quota: {
    status: 429,
    retryable: true,
    meaning:
      'The tenant sends more records than its quota; nothing of the request was taken, Retry-After says when to come again.',
  },
  not_sendable: { status: 400, meaning: 'Records of a file that no request can carry as they are.' },
  none_accepted: { status: 400, meaning: 'Not one record of the request could be framed; details say why.' },
});
