import { errorCatalogue } from '../contracts/index.ts';

export const httpErrors = errorCatalogue('http', {
  not_found: { status: 404, meaning: 'There is no such path.' },
  method_not_allowed: { status: 405, meaning: 'The path exists, but not with this method; see Allow.' },
  invalid_request: {
    status: 400,
    meaning: 'The path, query, headers or body break the schema; details name each place.',
  },
  body_not_json: { status: 400, meaning: 'The body is not JSON in UTF-8.' },
  body_undecodable: {
    status: 400,
    meaning: 'The body is not what its Content-Encoding says, or breaks off.',
  },
  body_too_large: { status: 413, meaning: 'The decoded body is larger than this route takes.' },
  media_type: { status: 415, meaning: 'The route takes another Content-Type.' },
  encoding: { status: 415, meaning: 'The Content-Encoding is not one of gzip, zstd and identity.' },
  timeout: { status: 408, meaning: 'The request did not arrive in time.' },
  headers_too_large: { status: 431, meaning: 'The request headers are too large.' },
  malformed: { status: 400, meaning: 'The bytes are no HTTP request, or the URL is broken.' },
  client_gone: { status: 499, meaning: 'The client closed the connection before it had sent its request.' },
  busy: {
    status: 503,
    retryable: true,
    meaning: 'As many requests or bytes are being worked on as the bounds allow.',
  },
  listen_failed: {
    status: 500,
    meaning: 'The address can not be listened on: in use, not ours, or not allowed.',
  },
  shutting_down: { status: 503, retryable: true, meaning: 'The server is stopping.' },
  internal: { status: 500, meaning: 'A fault of the program; the log has it under the trace id.' },
  response_invalid: { status: 500, meaning: 'The response broke its own schema and was not sent.' },
});
