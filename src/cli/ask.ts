import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { renderEvent } from '../analyst/index.ts';
import { createClient } from '../client/index.ts';
import { type AskEvent, Question } from '../contracts/index.ts';
import { localPrincipal } from '../guard/index.ts';
import { createTrace, formatTraceparent } from '../observe/index.ts';
import { cliErrors } from './errors.ts';
import { configOf, withTyrian } from './session.ts';

const defaultWidth = 120;
const shownRows = 12;

interface AskOptions {
  readonly since?: string;
  readonly until?: string;
  readonly json?: boolean;
  readonly url?: string;
  readonly key?: string;
}

/** `tyrian ask "…"`: plan, evidence and a verified answer, from this machine's data folder or from a server. */
export function askCommand(setExitCode: (code: number) => void): Command {
  return new Command('ask')
    .description('ask a question in plain English')
    .argument('<question...>', 'the question')
    .option('--since <time>', 'start of the window: 24h, 7d, 90m, or an ISO time')
    .option('--until <time>', 'end of the window: an ISO time')
    .option('--json', 'print every event as one line of JSON')
    .option('--url <url>', 'ask a running server instead (TYRIAN_URL)', process.env.TYRIAN_URL)
    .option('--key <key>', 'its API key; better given as TYRIAN_KEY', process.env.TYRIAN_KEY)
    .action(async (words: string[], options: AskOptions, command: Command) => {
      const question = questionOf(words.join(' '), options);
      const failed = () => setExitCode(1);
      if (options.url !== undefined) {
        const client = createClient({
          url: options.url,
          ...(options.key === undefined ? {} : { key: options.key }),
        });
        const { text, ...window } = question;
        await print(client.ask({ body: { question: text, ...window } }), options.json === true, failed);
        return;
      }
      const config = configOf(command);
      await withTyrian(command, config, async (tyrian, { signal }) => {
        await tyrian.settled(signal);
        const events = tyrian.analyst.ask({
          question,
          principal: localPrincipal(config.tenant),
          signal,
          traceparent: formatTraceparent(createTrace(randomBytes)),
        });
        await print(events, options.json === true, failed);
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
