/** What went wrong, for programs: `room.what`. Each room has one catalogue of its codes (see `errorCatalogue`). */
export type ErrorCode = `${string}.${string}`;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable?: boolean;
  /** HTTP status that a face answers with. */
  readonly status?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error base. A message says what is wrong, where, and what to do. */
export class TyrianError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'TyrianError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status ?? 500;
    this.details = Object.freeze({ ...options.details });
  }
}

/** A room's codes with what each means and its HTTP status; `fail` makes the error. */
export interface CatalogueEntry {
  readonly status: number;
  readonly retryable?: boolean;
  readonly meaning: string;
}

/**
 * Makes a room's error catalogue: `const errors = errorCatalogue('log', {full: {status: 503, meaning: '…'}})`,
 * then `throw errors.make('full', 'why, and what to do')`. Codes become `log.full`.
 */
export function errorCatalogue<const E extends Record<string, CatalogueEntry>>(room: string, entries: E) {
  return {
    room,
    entries: entries as Readonly<Record<string, CatalogueEntry>>,
    make(
      what: keyof E & string,
      message: string,
      options: Pick<ErrorOptions, 'cause' | 'details'> = {},
    ): TyrianError {
      const entry = entries[what] as CatalogueEntry;
      return new TyrianError(`${room}.${what}`, message, {
        ...options,
        status: entry.status,
        retryable: entry.retryable ?? false,
      });
    },
  };
}
