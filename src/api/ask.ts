import type { AskEvent, AskRequest, Question, Routes } from '../contracts/index.ts';
import type { RouteHandlers } from '../http/index.ts';
import { formatTraceparent } from '../observe/index.ts';
import type { ApiDependencies } from './dependencies.ts';
import { createFollowedRuns } from './followed-runs.ts';
import { gatherRun } from './gather-run.ts';

/** Not an event id: everything of a run comes after it. */
const beforeAll = -1;

/** Starts and resumes runs of the caller. */
export function askHandlers({
  analyst,
}: Pick<ApiDependencies, 'analyst'>): RouteHandlers<Pick<Routes, 'ask' | 'resumeAsk'>> {
  const followed = createFollowedRuns();
  return {
    async ask({ body, principal, signal, trace }) {
      const stop = new AbortController();
      const traceparent = formatTraceparent(trace);
      const events = analyst.ask({ question: questionOf(body), principal, signal: stop.signal, traceparent });
      return reply(followed.begin(events, stop, signal));
    },
    async resumeAsk({ params, headers, principal, signal }) {
      const since = headers['last-event-id'] ?? beforeAll;
      const events = analyst.resume({ runId: params.run_id, since, principal, signal });
      followed.join(params.run_id, signal);
      return reply(events);
    },
  };
}

const reply = (events: AsyncIterable<AskEvent>) => ({ events, gather: gatherRun });

function questionOf({ question, since, until }: AskRequest): Question {
  return {
    text: question,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}
