import { errorCatalogue } from '../../contracts/index.ts';

/** What guard answers with when the program itself calls somewhere. */
export const outboundErrors = errorCatalogue('guard', {
  outbound_refused: {
    status: 403,
    meaning:
      'The address is private, local or reserved, and no entry of outbound.allow covers it; nothing was sent.',
  },
  outbound_allow: {
    status: 500,
    meaning: 'An entry of outbound.allow is neither an address nor a range like 10.1.2.0/24.',
  },
  outbound_url: {
    status: 400,
    meaning: 'The URL can not be called: only http and https are, without user and password in them.',
  },
  outbound_unresolved: {
    status: 502,
    retryable: true,
    meaning: 'The name of the host could not be resolved to an address.',
  },
  outbound_unreachable: {
    status: 502,
    retryable: true,
    meaning: 'No connection came about, or it broke before the answer was whole.',
  },
  outbound_out_of_time: {
    status: 504,
    retryable: true,
    meaning: 'Resolving, connecting or the answer took longer than its limit.',
  },
  outbound_answer_too_large: { status: 502, meaning: 'The answer is larger than what is taken of it.' },
});
