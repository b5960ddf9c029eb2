import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { renderEvent } from '../analyst/index.ts';
import { type AskEvent, Question } from '../contracts/index.ts';
import { createTrace, formatTraceparent } from '../observe/index.ts';
import { cliErrors } from './errors.ts';
import { withClient } from './session.ts';

const defaultWidth = 120;
const shownRows = 12;

interface AskOptions {
  readonly since?: string;
  readonly until?: string;
  readonly json?: boolean;
}

/** `tyrian ask "…"`: plan, evidence and a verified answer. */
export function askCommand(setExitCode: (code: number) => void): Command {
  return new Command('ask')
    .description('ask a question in plain English')
    .argument('<question...>', 'the question')
    .option('--since <time>', 'start of the window: 24h, 7d, 90m, or an ISO time')
    .option('--until <time>', 'end of the window: an ISO time')
    .option('--json', 'print every event as one line of JSON')
    .action(async (words: string[], options: AskOptions, command: Command) => {
      const { text, ...window } = questionOf(words.join(' '), options);
      await withClient(command, async (client, { signal }) => {
        const traceparent = formatTraceparent(createTrace(randomBytes));
        const events = client.ask({ body: { question: text, ...window } }, { signal, traceparent });
        await print(events, options.json === true, () => setExitCode(1));
      });
    });
}

function questionOf(text: string, { since, until }: AskOptions): Question {
  const parsed = Question.safeParse({
    text,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  });
  if (parsed.success) return parsed.data;
  throw cliErrors.make('question', parsed.error.issues.map((issue) => issue.message).join('; '));
}

/** Prints the events of a run as they come. */
export async function print(
  events: AsyncIterable<AskEvent>,
  json: boolean,
  onError: () => void,
): Promise<void> {
  const width = process.stdout.columns ?? defaultWidth;
  for await (const event of events) {
    if (event.type === 'error') onError();
    const text = json ? `${JSON.stringify(event)}\n` : renderEvent(event, { width, rows: shownRows });
    process.stdout.write(text);
  }
}
