import * as z from 'zod';
import type { RuleLevel } from '../../contracts/index.ts';
import type { Details, Plain } from '../bounded-details.ts';
import type { Notice } from '../notice.ts';
import { plainLine } from '../plain-text.ts';

/** The lengths that the CEF dictionary gives its fields. */
const maxName = 512;
const maxSignature = 1_023;
const maxCustom = 4_000;
const maxHostOrUser = 1_023;

/** CEF's severities: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high. */
const severities: Readonly<Record<RuleLevel, number>> = {
  informational: 0,
  low: 3,
  medium: 5,
  high: 8,
  critical: 10,
};

/** A word that isn't known counts as the most severe, as it does where channels choose what they are told. */
const severityOf = (severity: string) =>
  Object.entries(severities).find(([level]) => level === severity)?.[1] ?? severities.critical;

/** What is read of a notice about one alert. */
const OneAlert = z.object({
  count: z.literal(1),
  alerts: z.tuple([
    z.object({
      id: z.string(),
      rule: z.string(),
      entity: z.object({ kind: z.string(), value: z.string() }),
    }),
  ]),
});

/**
 * A notice as one line of ArcSight's Common Event Format, version 0. Keys are ours alone; details are one JSON text in a custom string, so
 * that no text of an event can be taken for a field.
 */
export function cefLine(notice: Notice, version: string): string {
  const { kind, subject, severity } = notice;
  const head = ['Tyrian', 'Tyrian', version, plainLine(kind, maxSignature), plainLine(subject, maxName)];
  const fields = [...head.map(headerText), String(severityOf(severity))];
  const extension = extensionOf(notice).map(([key, value]) => `${key}=${extensionText(value)}`);
  return `CEF:0|${fields.join('|')}|${extension.join(' ')}`;
}

function extensionOf(notice: Notice): readonly (readonly [key: string, value: string])[] {
  const { id, tenant, at, kind, severity, details } = notice;
  const { text, truncated } = fitting(details);
  return [
    ['rt', String(Date.parse(at))],
    ['externalId', id],
    ['cat', kind],
    ['cs1Label', 'tenant'],
    ['cs1', tenant],
    ['cs2Label', 'severity'],
    ['cs2', severity],
    ...alertFields(details),
    ['cs5Label', 'details'],
    ['cs5', text],
    ['cs6Label', 'truncated'],
    ['cs6', String(truncated)],
  ];
}

function alertFields(details: Details): readonly (readonly [key: string, value: string])[] {
  const known = OneAlert.safeParse(details.values);
  if (!known.success) return [];
  const [{ id, rule, entity }] = known.data.alerts;
  const value = plainLine(entity.value, maxHostOrUser);
  return [
    ['cs3Label', 'alert'],
    ['cs3', id],
    ['cs4Label', 'rule'],
    ['cs4', rule],
    ...(entity.kind === 'host' ? [['dhost', value] as const] : []),
    ...(entity.kind === 'user' ? [['duser', value] as const] : []),
  ];
}

/** Ever fewer members of every list, and characters of every text, until the whole fits. */
const cuts = [
  { members: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY },
  { members: 10, characters: 200 },
  { members: 3, characters: 100 },
  { members: 1, characters: 50 },
] as const;

/** Details as JSON that fits a custom string; `{}` when nothing else does. */
function fitting({ values, truncated }: Details): { readonly text: string; readonly truncated: boolean } {
  for (const [index, cut] of cuts.entries()) {
    const text = JSON.stringify(shortened(values, cut));
    if (text.length <= maxCustom) return { text, truncated: truncated || index > 0 };
  }
  return { text: '{}', truncated: true };
}

type Cut = (typeof cuts)[number];

function shortened(value: Plain, cut: Cut): Plain {
  if (typeof value === 'string')
    return value.length <= cut.characters ? value : plainLine(value, cut.characters);
  if (Array.isArray(value)) return value.slice(0, cut.members).map((inner) => shortened(inner, cut));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner, cut)]));
}

/** CEF 0, header: backslash and pipe are escaped; ends of lines never get here. */
const headerText = (text: string) => text.replaceAll(/[\\|]/g, (character) => `\\${character}`);

/** CEF 0, extension: backslash and equals sign are escaped, pipes are not. */
const extensionText = (text: string) =>
  plainLine(text, maxCustom).replaceAll(/[\\=]/g, (character) => `\\${character}`);
