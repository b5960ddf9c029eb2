import type { Analyst } from '../analyst/index.ts';
import type { AskEvent } from '../contracts/index.ts';
import { actorOf } from '../guard/index.ts';
import type { Audit } from '../journal/index.ts';
import type { Log } from '../observe/index.ts';

/**
 * An analyst whose questions stand in the audit trail: who asked, which run, and how long the question was. Not its words: they may
 * hold personal data, which an audit trail keeps for longer than anyone needs it. The answer does not wait for the line.
 */
export function withQuestionTrail(
  analyst: Analyst,
  { audit, log }: { readonly audit: Pick<Audit, 'record'>; readonly log: Log },
): Pick<Analyst, 'ask' | 'resume'> {
  return {
    resume: (input) => analyst.resume(input),
    ask(asked) {
      const { principal, question, traceparent = '' } = asked;
      return atFirst(analyst.ask(asked), ({ type, run_id }) => {
        const line = audit.record({
          tenant: principal.tenant,
          by: actorOf(principal),
          action: 'analyst.asked',
          outcome: type === 'error' ? 'failed' : 'done',
          details: { run_id, characters: question.text.length },
          trace_id: traceparent.split('-')[1] ?? '',
        });
        line.catch((err: unknown) => log.warn({ err, run_id }, 'A question is not in the audit trail'));
      });
    },
  };
}

async function* atFirst(
  events: AsyncIterable<AskEvent>,
  tell: (event: AskEvent) => void,
): AsyncGenerator<AskEvent> {
  let told = false;
  for await (const event of events) {
    if (!told) tell(event);
    told = true;
    yield event;
  }
}
