import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Client } from '../client/index.ts';
import { type HuntHit, type HuntRule, maxHuntHits, maxHuntRuleLength } from '../contracts/index.ts';
import { cliErrors } from './errors.ts';
import { followHunt } from './hunt-follow.ts';
import { estimateText, hitTable, huntText } from './hunt-text.ts';
import { withClient } from './session.ts';

interface HuntCommandOptions {
  readonly since: string;
  readonly until?: string;
  readonly limit?: number;
  readonly backtest?: boolean;
  readonly explain?: boolean;
  readonly json?: boolean;
}

/** `tyrian hunt RULE`: which stored events a rule would have hit, and what alerts that would have made. */
export function huntCommand(): Command {
  return new Command('hunt')
    .description('look for the hits of a rule in stored events')
    .argument('<rule>', 'id of a loaded rule, or a rule file')
    .option('--since <time>', 'start of the window: 30d, 24h, 90m, or an ISO time', '30d')
    .option('--until <time>', 'its end; now unless said')
    .option('--limit <hits>', 'keep so many hits, the earliest; all are counted', hitLimit)
    .option('--backtest', 'tell what alerts the rule would have made, before it is enabled')
    .option('--explain', 'print what would be asked and how much that reads, and do not run it')
    .option('--json', 'print JSON')
    .action(async (name: string, options: HuntCommandOptions, command: Command) => {
      const { since, until, limit, backtest, explain, json } = options;
      const rule = await ruleOf(name);
      const body = {
        ...{ rule, since },
        ...(until === undefined ? {} : { until }),
        ...(limit === undefined ? {} : { limit }),
      };
      await withClient(command, async (client, { signal }) => {
        if (explain === true) {
          const estimate = await client.explainHunt({ body }, { signal });
          console.log(json === true ? JSON.stringify(estimate) : estimateText(estimate));
          return;
        }
        const order = backtest === true ? client.backtestRule : client.startHunt;
        const hunt = await followHunt(client, await order({ body }, { signal }), signal);
        const wanted = json === true ? maxHuntHits : backtest === true ? 0 : shownHits;
        const hits = await hitsOf(client, hunt.id, wanted, signal);
        if (json === true) console.log(JSON.stringify({ ...hunt, hits }));
        else console.log([...(hits.length === 0 ? [] : [hitTable(hits), '']), huntText(hunt)].join('\n'));
      });
    });
}

/** People are shown the first page. */
const shownHits = 1;

/** Hits in whole pages, until there are that many. */
async function hitsOf(
  client: Client,
  id: string,
  wanted: number,
  signal: AbortSignal,
): Promise<readonly HuntHit[]> {
  const all: HuntHit[] = [];
  let after: number | null = 0;
  while (after !== null && all.length < wanted) {
    const { hits, next }: Awaited<ReturnType<Client['huntHits']>> = await client.huntHits(
      { params: { id }, query: { after: String(after) } },
      { signal },
    );
    all.push(...hits);
    after = next;
  }
  return all;
}

/** A file that is there is meant as one; else the word is an id. */
async function ruleOf(name: string): Promise<HuntRule> {
  const file = statSync(name, { throwIfNoEntry: false });
  if (file?.isFile() !== true) return { kind: 'id', id: name };
  const text = file.size > maxHuntRuleLength * 4 ? '' : await readFile(name, 'utf8');
  if (text === '' || text.length > maxHuntRuleLength)
    throw cliErrors.make('rule', `${name} is no rule file of 1 to ${maxHuntRuleLength} characters`);
  return { kind: 'text', text, file: basename(name) };
}

function hitLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 0 && limit <= maxHuntHits) return limit;
  throw new InvalidArgumentError(`a whole number up to ${maxHuntHits} is wanted.`);
}
