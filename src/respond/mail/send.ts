import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import * as z from 'zod';
import { TyrianError } from '../../contracts/index.ts';
import type { Outbound } from '../../guard/index.ts';
import { respondErrors } from '../errors.ts';
import type { Notice } from '../notice.ts';
import { failureOf, type Outcome } from '../outcome.ts';
import { mailSubject, mailText } from './message.ts';
import { type MailServer, parseMailServer } from './server-url.ts';

export interface MailSender {
  send(notice: Notice, to: readonly string[], signal: AbortSignal): Promise<Outcome>;
}

export interface MailOptions {
  readonly outbound: Pick<Outbound, 'connect'>;
  /** The setting `smtp.url`; without it every mail fails with `respond.smtp_missing`. */
  readonly url: string | undefined;
  /** The setting `smtp.from`. */
  readonly from: string;
  /** Milliseconds for one mail; 20 s unless said. */
  readonly wholeMs?: number;
}

const standardWholeMs = 20_000;

/** Makes the sender of plain-text mail. Throws `respond.smtp_url`. */
export function createMailSender({
  outbound,
  url,
  from,
  wholeMs = standardWholeMs,
}: MailOptions): MailSender {
  const server = url === undefined ? undefined : parseMailServer(url);
  return {
    async send(notice, to, signal) {
      if (server === undefined) return { ok: false, status: null, code: 'respond.smtp_missing' };
      const late = new AbortController();
      const timer = setTimeout(
        () => late.abort(respondErrors.make('out_of_time', `The mail took longer than ${wholeMs / 1_000} s`)),
        wholeMs,
      );
      const both = AbortSignal.any([signal, late.signal]);
      try {
        return await deliver({ outbound, server, from, notice, to, signal: both });
      } catch (error) {
        signal.throwIfAborted();
        return late.signal.aborted
          ? failureOf(late.signal.reason)
          : failureOf(meaningOf(error), statusOf(error));
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

interface Mail {
  readonly outbound: Pick<Outbound, 'connect'>;
  readonly server: MailServer;
  readonly from: string;
  readonly notice: Notice;
  readonly to: readonly string[];
  readonly signal: AbortSignal;
}

/** The socket is ours, to an address that was checked; the signal destroys it, which ends whatever the mailer waits for. */
async function deliver({ outbound, server, from, notice, to, signal }: Mail): Promise<Outcome> {
  const { host, port, secure, login } = server;
  const connection = await outbound.connect({ host, port, signal });
  const transport = createTransport({
    host,
    port,
    secure,
    connection,
    ...(login === undefined ? {} : { auth: login, requireTLS: !secure }),
    tls: { ...(isIP(host) === 0 ? { servername: host } : {}) },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({
      from,
      to: to.map((address) => ({ name: '', address })),
      subject: mailSubject(notice),
      text: mailText(notice),
      messageId: `<${notice.id}@tyrian.invalid>`,
      date: new Date(notice.at),
      // RFC 3834: nobody's holiday notice answers it.
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    const partly = sent.rejected.length > 0;
    return { ok: true, status: responseStatus(sent.response), code: partly ? 'respond.smtp_partly' : null };
  } finally {
    connection.destroy();
  }
}

const responseStatus = (response: string) => {
  const [, code] = /^(\d{3})/.exec(response) ?? [];
  return code === undefined ? null : Number(code);
};

const SmtpError = z.object({
  code: z.string().optional(),
  responseCode: z.int().optional(),
  originalCode: z.string().optional(),
});
/** How OpenSSL and Node name what is wrong with a certificate or a handshake. */
const tlsCode = /^(?:ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|INVALID_CA)/;

function statusOf(error: unknown): number | null {
  return SmtpError.safeParse(error).data?.responseCode ?? null;
}

/** Without the mailer's own error: its texts quote what the server said and, for logins, what was tried. */
function meaningOf(error: unknown): TyrianError {
  if (error instanceof TyrianError) return error;
  const { code, originalCode = '' } = SmtpError.safeParse(error).data ?? {};
  if (tlsCode.test(originalCode))
    return respondErrors.make(
      'smtp_tls',
      `TLS with the mail server did not come about (${originalCode.slice(0, 60)})`,
    );
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return respondErrors.make('smtp_login', 'The mail server refused user or password');
    case 'ETLS':
    case 'EREQUIRETLS':
      return respondErrors.make('smtp_tls', 'TLS with the mail server did not come about');
    case 'EENVELOPE':
    case 'EMESSAGE':
      return respondErrors.make('smtp_refused', 'The mail server refused the message');
    default:
      return respondErrors.make('smtp_broken', 'The mail server broke off or answered nonsense');
  }
}
