import { type Dispatcher, request } from 'undici';
import { outboundErrors } from './errors.ts';
import { callError } from './failure.ts';
import { Deadline, type OutboundLimits } from './limits.ts';

export interface OutboundRequest {
  readonly url: string;
  /** GET unless said. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly limits?: Partial<Omit<OutboundLimits, 'connectMs'>>;
  readonly signal?: AbortSignal;
}

export interface OutboundAnswer {
  readonly status: number;
  /** By lower-case name; of a repeated header the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const userAgent = 'tyrian';

/** Sends one request and takes its whole answer, within the limits. */
export async function sendHttp(
  call: OutboundRequest,
  { agent, limits }: { readonly agent: Dispatcher; readonly limits: OutboundLimits },
): Promise<OutboundAnswer> {
  const url = checkedUrl(call.url);
  using deadline = new Deadline(url.origin, call.signal);
  deadline.within(limits.wholeMs, 'The whole answer');
  const headersCame = deadline.within(limits.headersMs, 'The beginning of the answer');
  try {
    deadline.signal.throwIfAborted();
    const response = await request(url, {
      dispatcher: agent,
      method: call.method ?? 'GET',
      headers: { 'user-agent': userAgent, ...call.headers },
      body: call.body ?? null,
      signal: deadline.signal,
      // The deadline's own timers are exact; those of the engine come in steps of half a second.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    headersCame();
    const body = await bounded(response.body, limits.maxAnswerBytes, url.origin);
    return { status: response.statusCode, headers: plainHeaders(response.headers), body };
  } catch (cause) {
    throw callError(cause, url.origin, deadline.signal);
  }
}

/** The message names no more than what is wrong: the text may hold a password. */
function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw outboundErrors.make('outbound_url', 'The URL can not be read');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw outboundErrors.make('outbound_url', `Only http and https are called, not '${url.protocol}'`);
  if (url.username !== '' || url.password !== '')
    throw outboundErrors.make(
      'outbound_url',
      `The URL of ${url.origin} holds a user or password; it must not`,
    );
  return url;
}

async function bounded(body: AsyncIterable<Buffer>, maxBytes: number, origin: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw outboundErrors.make(
        'outbound_answer_too_large',
        `The answer of ${origin} is larger than ${maxBytes} bytes`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function plainHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = typeof value === 'string' ? value : value?.[0];
      return first === undefined ? [] : [[name, first] as const];
    }),
  );
}
