import { respondErrors } from '../errors.ts';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else it is asked for with STARTTLS. */
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

/** Submission (RFC 6409) and submission over TLS (RFC 8314). */
const standardPorts = { 'smtp:': 587, 'smtps:': 465 } as const;

/** Reads `smtp.url`. Throws `respond.smtp_url`, without the text: it holds a password. */
export function parseMailServer(text: string): MailServer {
  const url = URL.parse(text);
  const standard = url === null ? undefined : standardPorts[url.protocol as keyof typeof standardPorts];
  if (url === null || standard === undefined || url.hostname === '') throw unreadable();
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? standard : Number(url.port),
    secure: url.protocol === 'smtps:',
    login: url.username === '' ? undefined : { user: decoded(url.username), pass: decoded(url.password) },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable();
  }
}

const unreadable = () =>
  respondErrors.make('smtp_url', 'smtp.url can not be read; it is like smtp://user:password@host:587');
