import type { HuntKind } from '../../contracts/index.ts';
import type { ProcessFact, ScenarioFacts } from './facts/facts.ts';
import { fileNameOf } from './identifiers.ts';

/** Something that the evidence of a true answer holds. */
export interface ExpectedFact {
  readonly about: string;
  readonly value: string;
}

/** A question in plain English, the plan that fits it, and what the evidence has to hold. */
export interface DemoQuestion {
  readonly text: string;
  readonly plan: HuntKind;
  /** The window that the question states, ISO 8601 in UTC; the whole day where it states none. */
  readonly window: { readonly from: string; readonly to: string };
  readonly expected: readonly ExpectedFact[];
}

const minuteMs = 60_000;
const leadMs = 5 * minuteMs;
const spanMs = 35 * minuteMs;

/** Three questions that tell the story of the intrusion: what happened, how, and what left the house. */
export function demoQuestions(facts: ScenarioFacts): readonly DemoQuestion[] {
  return [activity(facts), processTree(facts), receivers(facts)];
}

function activity(facts: ScenarioFacts): DemoQuestion {
  const { victim, commandAndControl } = facts;
  const opened = Math.floor(Date.parse(facts.intrusion.from) / minuteMs) * minuteMs;
  const window = { from: minuteText(opened - leadMs), to: minuteText(opened + spanMs) };
  const inWindow = victim.processes.filter((process) => process.at < window.to);
  return {
    text: `What happened on ${victim.host} between ${window.from} and ${window.to}?`,
    plan: 'activity',
    window,
    expected: [
      { about: 'host', value: victim.host },
      { about: 'user', value: victim.user },
      { about: 'address', value: commandAndControl.address },
      { about: 'name asked for', value: commandAndControl.domain },
      ...imagesOf(inWindow),
    ],
  };
}

function processTree(facts: ScenarioFacts): DemoQuestion {
  const { victim, window } = facts;
  return {
    text: `Show the process tree of powershell.exe on ${victim.host}`,
    plan: 'process_tree',
    window,
    expected: [
      { about: 'host', value: victim.host },
      ...victim.processes.map((process) => ({ about: 'process', value: process.guid })),
    ],
  };
}

function receivers(facts: ScenarioFacts): DemoQuestion {
  const { fileServer } = facts.traffic;
  return {
    text: `Which addresses got the most bytes from ${fileServer.address}?`,
    plan: 'top',
    window: facts.window,
    expected: fileServer.receivers.slice(0, 2).flatMap(({ address, bytes }) => [
      { about: 'receiver', value: address },
      { about: 'bytes', value: `${bytes}` },
    ]),
  };
}

function imagesOf(processes: readonly ProcessFact[]): readonly ExpectedFact[] {
  const names = new Set(processes.map((process) => fileNameOf(process.image)));
  return [...names].map((value) => ({ about: 'process', value }));
}

/** `2026-11-17T09:45:00Z`: ISO 8601 to the second. */
function minuteText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
