import {
  type ExceptionDetail,
  type ExceptionPreview,
  type ExceptionRequest,
  type ExceptionScope,
  type ExceptionView,
  maxExceptionDays,
} from '../../contracts/exception-routes.ts';
import type { Actor } from '../../contracts/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { State } from '../../state/index.ts';
import { alertsErrors } from '../errors.ts';
import { decideAdd, decideEnd, exceptionKinds } from './change.ts';
import { type ExceptionListRequest, type ExceptionPage, listExceptions, readException } from './list.ts';
import { previewException, type RecordedDetections } from './preview.ts';

export interface ExceptionsOptions {
  readonly state: Pick<State, 'query'>;
  readonly journal: Pick<Journal, 'change'>;
  readonly recorded: RecordedDetections;
  /** 32 lower-case hex digits, each time others. */
  readonly newId: () => string;
  /** Wall clock. */
  readonly clock: () => Date;
}

interface Waiting {
  readonly signal?: AbortSignal;
}

/** Which detections make no alert, until when, and who answers for it. Everything is within one tenant. */
export interface Exceptions {
  /** One page by key, newest first. Throws `alerts.cursor`. */
  list(request: Omit<ExceptionListRequest, 'now'>, options?: Waiting): Promise<ExceptionPage>;
  /** Throws `alerts.exception_unknown`. */
  get(name: { readonly tenant: string; readonly id: string }, options?: Waiting): Promise<ExceptionDetail>;
  /** It is on disk and in force for all detections recorded from then on. Throws `alerts.expiry`, `alerts.too_many_exceptions`. */
  add(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly exception: ExceptionRequest;
  }): Promise<ExceptionView>;
  /** Throws `alerts.exception_unknown`. */
  end(request: { readonly tenant: string; readonly by: Actor; readonly id: string }): Promise<ExceptionView>;
  /** What it would have hidden in the last 30 days. Adds nothing. */
  preview(
    request: { readonly tenant: string; readonly scope: ExceptionScope },
    options?: Waiting,
  ): Promise<ExceptionPreview>;
}

const dayMs = 24 * 3_600_000;

export function createExceptions({ state, journal, recorded, newId, clock }: ExceptionsOptions): Exceptions {
  const view = async (tenant: string, id: string): Promise<ExceptionView> => {
    const { detections: _, ...exception } = await readException(state, { tenant, id, now: clock() }, {});
    return exception;
  };
  return {
    list: (request, options = {}) => listExceptions(state, { ...request, now: clock() }, options),
    get: (name, options = {}) => readException(state, { ...name, now: clock() }, options),
    async add({ tenant, by, exception: { owner = by.name, ...exception } }) {
      const now = clock();
      checkExpiry(Date.parse(exception.expires_at), now.getTime());
      const id = newId();
      await journal.change({ kind: exceptionKinds.added, tenant, by }, (session) =>
        decideAdd(session, { ...exception, tenant, id, owner, now }),
      );
      return await view(tenant, id);
    },
    async end({ tenant, by, id }) {
      await journal.change({ kind: exceptionKinds.ended, tenant, by }, (session) =>
        decideEnd(session, { tenant, id }),
      );
      return await view(tenant, id);
    },
    preview: (request, { signal } = {}) =>
      previewException({ state, recorded, now: clock() }, request, signal ?? new AbortController().signal),
  };
}

function checkExpiry(expires: number, now: number): void {
  if (expires > now && expires <= now + maxExceptionDays * dayMs) return;
  throw alertsErrors.make(
    'expiry',
    `An exception expires at a time to come, at most ${maxExceptionDays} days ahead`,
  );
}
