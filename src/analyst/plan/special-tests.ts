import type { EventField } from '../../contracts/index.ts';
import { equalsAny } from './equals-any.ts';
import type { Ask, Mention } from './interpret.ts';
import type { Subject } from './subject.ts';
import type { EventClassName } from './words/classes.ts';
import type { Action } from './words/cues.ts';
import type { FieldNounName } from './words/fields.ts';

/** API operations whose name is made of what is done and of what it is done to. */
const operations: Readonly<Partial<Record<FieldNounName, Readonly<Partial<Record<Action, string>>>>>> = {
  access_key: {
    creat: 'CreateAccessKey',
    add: 'CreateAccessKey',
    delet: 'DeleteAccessKey',
    remov: 'DeleteAccessKey',
    updat: 'UpdateAccessKey',
    disabl: 'UpdateAccessKey',
    enabl: 'UpdateAccessKey',
  },
};

export const operationNouns = ({ wanted }: Ask) =>
  wanted.map(({ name }) => name).filter((name) => name in operations);

/** `who created access keys`. */
export function operationTests(ask: Ask, classes: readonly EventClassName[]): readonly Subject[] {
  if (classes.some((name) => name !== 'api')) return [];
  const names = operationNouns(ask).flatMap((noun) =>
    ask.actions.flatMap((action) => operations[noun]?.[action] ?? []),
  );
  return names.length === 0
    ? []
    : [
        {
          condition: equalsAny('api_operation', [...new Set(names)]),
          caption: `operation ${names.join(' or ')}`,
        },
      ];
}

/** `anything suspicious on WS-07`: nothing else says which events are meant. */
export function severeTests(ask: Ask, meant: readonly Mention[]): readonly Subject[] {
  const isGeneral = ask.events !== 'none' || ask.cues.has('activity') || meant.length === 0;
  const isNamed = ask.classes.length > 0 || ask.sources.length > 0 || ask.wanted.length > 0;
  const isOpen = meant.every(({ link, noun }) => link !== undefined || noun !== undefined);
  if (ask.opinions.length === 0 || isNamed || ask.amounts.length > 0 || !isGeneral || !isOpen) return [];
  // Any field may hold any value: no class has an id of 4 to 6, and no severity is 2004.
  const fields: EventField[] = ['class_uid', 'severity_id'];
  const condition = { fields, op: 'equals' as const, values: ['2004', '4', '5', '6'], negated: false };
  return [{ condition, caption: 'detection findings or severity high and above' }];
}

export const severeNote = ({ opinions }: Ask) =>
  `read '${opinions[0]}' as detection findings and events whose source calls them severe`;
