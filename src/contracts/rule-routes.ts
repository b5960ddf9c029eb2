import * as z from 'zod';
import { RuleLevel } from './detection.ts';
import type { Route } from './routes.ts';

export const RuleId = z.string().min(1).max(100);

/** A loaded rule, as it is in force for the caller's tenant. */
export const RuleView = z.strictObject({
  id: RuleId,
  title: z.string(),
  /** In force: the rule's own, unless the tenant set another. */
  level: RuleLevel,
  own_level: RuleLevel,
  enabled: z.boolean(),
  status: z.string(),
  pack: z.string(),
  author: z.string(),
  license: z.string(),
  tags: z.array(z.string()),
  logsource: z.strictObject({
    product: z.string().nullable(),
    category: z.string().nullable(),
    service: z.string().nullable(),
  }),
  description: z.string(),
  falsepositives: z.array(z.string()),
});
export type RuleView = z.infer<typeof RuleView>;

export const maxRulesListed = 1_000;

/** By id; `next` asks for the rest. */
export const RuleList = z.strictObject({
  rules: z.array(RuleView).max(maxRulesListed),
  next: z.string().nullable(),
  /** What is wrong with rule files: those rules are not loaded; what stood there before goes on. */
  diagnostics: z
    .array(
      z.strictObject({
        code: z.string(),
        severity: z.enum(['error', 'warning']),
        file: z.string(),
        line: z.int(),
        column: z.int(),
        message: z.string(),
      }),
    )
    .max(maxRulesListed),
  /** Why a changed folder was not taken up; null when all is well. */
  fault: z.string().nullable(),
});
export type RuleList = z.infer<typeof RuleList>;

/** What is left out stays as it is; a level of null is the rule's own. */
export const RuleChange = z.strictObject({
  enabled: z.exactOptional(z.boolean()),
  level: z.exactOptional(RuleLevel.nullable()),
});

export const ruleRoutes = {
  rules: {
    method: 'GET',
    path: '/v1/rules',
    access: 'alerts:read',
    summary: 'The loaded detection rules, and what is wrong with rule files',
    query: z.strictObject({ after: z.exactOptional(RuleId), pack: z.exactOptional(z.string().max(100)) }),
    answer: { kind: 'json', statuses: [200], schema: RuleList },
  },
  setRule: {
    method: 'POST',
    path: '/v1/rules/{id}',
    access: 'rules:write',
    summary:
      "Switches a rule on or off, or sets its level, for the caller's tenant; in force within a second",
    params: z.strictObject({ id: RuleId }),
    body: { kind: 'json', schema: RuleChange },
    answer: { kind: 'json', statuses: [200], schema: RuleView },
  },
} as const satisfies Record<string, Route>;
