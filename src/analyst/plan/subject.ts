import type { HuntCondition } from '../../contracts/index.ts';
import type { Entity } from './entities.ts';
import type { Mention } from './interpret.ts';
import { type Scene, type Target, targetOf } from './target.ts';

/** A test with its words for a reader: `user alice`. */
export interface Subject {
  readonly condition: HuntCondition;
  readonly caption: string;
}

const maxValueLength = 1_000;

/** The test that a mention asks for. */
export function subjectOf(mention: Mention, scene: Scene): Subject {
  const target = targetOf(mention, scene);
  const values = valuesOf(mention.entity, target);
  const condition = { fields: [...target.fields], op: target.op, values, negated: mention.negated };
  const not = mention.negated ? 'not ' : '';
  return { condition, caption: `${not}${target.caption} ${shown(mention.entity.value)}` };
}

const shown = (value: string) => (value.length > 60 ? `${value.slice(0, 57)}…` : value);

/** In a raw record of JSON a backslash or quote is written with a backslash before it. */
function valuesOf(entity: Entity, target: Target): string[] {
  const value = entity.value.slice(0, maxValueLength);
  const spellings = entity.kind === 'registry_key' ? hiveSpellings(value) : [spelt(value, target)];
  if (target.op !== 'contains' || !target.fields.includes('raw')) return spellings;
  const escaped = spellings.map((text) => JSON.stringify(text).slice(1, -1).slice(0, maxValueLength));
  return [...new Set([...spellings, ...escaped])];
}

/** A command line may name a program without its ending. */
const spelt = (value: string, { isProgram }: Target) =>
  isProgram === true && /\.exe$/i.test(value) ? value.slice(0, -4) : value;

/** Sysmon writes `HKLM\…`, the Security log `\REGISTRY\MACHINE\…`, people either or the long name. */
const hives = [
  ['HKLM', 'HKEY_LOCAL_MACHINE', '\\REGISTRY\\MACHINE'],
  ['HKU', 'HKEY_USERS', '\\REGISTRY\\USER'],
  ['HKCU', 'HKEY_CURRENT_USER'],
  ['HKCR', 'HKEY_CLASSES_ROOT'],
] as const;

function hiveSpellings(key: string): string[] {
  const upper = key.toUpperCase();
  for (const names of hives) {
    const name = names.find((hive) => upper.startsWith(`${hive}\\`));
    if (name !== undefined) return names.map((other) => `${other}${key.slice(name.length)}`);
  }
  return [key];
}
