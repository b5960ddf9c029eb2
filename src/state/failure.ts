import { TyrianError } from '../contracts/error.ts';
import { stateErrors } from './errors.ts';

export type FailureCode = Parameters<typeof stateErrors.make>[0];

/** An error as it passes between threads. */
export interface Failure {
  readonly what: FailureCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: string;
}

/** SQLSTATE of a unique key that is taken. */
const uniqueViolation = '23505';
/** SQLSTATE class of values that do not suit: its messages quote them. */
const dataException = '22';

/** What is passed on of an error of the engine: never its `detail`, `where` or `params`, which hold values of rows. */
export function failureOf(error: unknown, otherwise: FailureCode = 'query'): Failure {
  if (error instanceof TyrianError)
    return {
      what: error.code.slice('state.'.length) as FailureCode,
      message: error.message,
      details: error.details,
      ...(error.cause === undefined ? {} : { cause: messageOf(error.cause) }),
    };
  const sqlstate = field(error, 'code');
  if (sqlstate === undefined || !/^[0-9A-Z]{5}$/.test(sqlstate))
    return { what: otherwise, message: messageOf(error), details: {} };
  const named = ['constraint', 'table', 'column', 'position'].flatMap((name) => {
    const value = field(error, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    what: sqlstate === uniqueViolation ? 'conflict' : otherwise,
    message: `${withoutValues(messageOf(error), sqlstate)} (SQLSTATE ${sqlstate})`,
    details: { sqlstate, ...Object.fromEntries(named) },
  };
}

/** The error that the caller gets; its cause names the statement. */
export function errorOf({ what, message, details, cause }: Failure, statement?: string): TyrianError {
  const reason = statement === undefined ? cause : `in the statement: ${statement}`;
  return stateErrors.make(what, message, {
    details,
    ...(reason === undefined ? {} : { cause: new Error(reason) }),
  });
}

/** `invalid input syntax for type uuid: "…"`: what follows the first quotation mark may be a value. */
function withoutValues(message: string, sqlstate: string): string {
  if (!sqlstate.startsWith(dataException)) return message;
  const quote = message.indexOf('"');
  return quote < 0 ? message : message.slice(0, quote).replace(/[:\s]+$/, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function field(error: unknown, name: string): string | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
