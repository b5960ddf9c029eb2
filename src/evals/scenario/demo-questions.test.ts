import { describe, expect, it } from 'vitest';
import { maxQuestionLength } from '../../contracts/index.ts';
import { demoQuestions } from './demo-questions.ts';
import { at, type Line, readBack, timeOf } from './scenario.suite.ts';
import { createScenario, defaultEnd } from './scenario.ts';

describe('the demo questions', () => {
  const scenario = createScenario({ seed: 9, endsAt: defaultEnd, scale: 0.3 });
  const questions = demoQuestions(scenario.facts);
  const lines = readBack(scenario);

  it('are three, one of each of three plans', () => {
    expect(questions.map((question) => question.plan)).toEqual(['activity', 'process_tree', 'top']);
    expect(questions.every((question) => question.text.length < maxQuestionLength)).toBe(true);
  });

  it('expect of the host only what its own records in the stated window tell', () => {
    const [question] = questions;
    const from = Date.parse(question?.window.from ?? '');
    const to = Date.parse(question?.window.to ?? '');
    const inWindow = (line: Line) => timeOf(line) >= from && timeOf(line) < to;
    const host = scenario.facts.victim.host;
    const found = lines.filter((line) => at(line.record, 'host.name') === host && inWindow(line));
    const text = found.map((line) => line.text).join('\n');
    expect(found.length).toBeGreaterThan(50);
    expect(question?.expected.filter((fact) => !text.includes(fact.value))).toEqual([]);
  });

  it('name in the tree the process asked for, its parent and its children', () => {
    const guids = questions[1]?.expected.filter((fact) => fact.about === 'process').map((fact) => fact.value);
    expect(guids).toEqual(scenario.facts.victim.processes.map((process) => process.guid));
  });

  it('rank the off-site drop among the receivers', () => {
    const receivers = questions[2]?.expected.filter((fact) => fact.about === 'receiver');
    expect(receivers?.map((fact) => fact.value)).toContain(scenario.facts.exfiltration.address);
  });
});
