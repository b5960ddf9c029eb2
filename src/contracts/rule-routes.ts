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

/** Something that is wrong with a rule file: where, what, and what to do. */
export const DiagnosticView = z.strictObject({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
  mend: z.string(),
});
export type DiagnosticView = z.infer<typeof DiagnosticView>;

/** By id; `next` asks for the rest. */
export const RuleList = z.strictObject({
  rules: z.array(RuleView).max(maxRulesListed),
  next: z.string().nullable(),
  /** What is wrong with rule files: those rules are not loaded; what stood there before goes on. */
  diagnostics: z.array(DiagnosticView).max(maxRulesListed),
  /** Why a changed folder was not taken up; null when all is well. */
  fault: z.string().nullable(),
});
export type RuleList = z.infer<typeof RuleList>;

/** What is left out stays as it is; a level of null is the rule's own. */
export const RuleChange = z.strictObject({
  enabled: z.exactOptional(z.boolean()),
  level: z.exactOptional(RuleLevel.nullable()),
});

/** A pack's name: lower-case letters, digits and hyphens. */
export const RulePackName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, {
  error: 'a pack is named by 1-64 lower-case letters, digits and hyphens',
});

/** Of one pack that is installed. */
export const maxPackFiles = 20_000;
/** Versions that are kept of a pack. */
export const maxPackVersions = 10;
/** Packs that may be installed. */
export const maxInstalledPacks = 100;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const RulePackVersion = z.strictObject({
  /** From 1, one more with each change. */
  version: z.int().positive(),
  /** SHA-256 over names and contents of its files and what it says of itself. */
  content: sha256,
  files: count,
  installed_by: z.string(),
  installed_at: z.iso.datetime(),
});
export type RulePackVersion = z.infer<typeof RulePackVersion>;

export const RulePackView = z.strictObject({
  name: z.string(),
  title: z.string(),
  license: z.string(),
  /** Of rules that name none. */
  author: z.string(),
  source: z.string(),
  /** program: it comes with Tyrian. folder: of a folder that the settings name. */
  origin: z.enum(['program', 'folder', 'installed']),
  rules: count,
  correlations: count,
  filters: count,
  errors: count,
  warnings: count,
  /** The version in force; null for packs that are not installed. */
  version: z.int().positive().nullable(),
  /** Newest first; those that `rollback` may put in force. */
  versions: z.array(RulePackVersion).max(maxPackVersions),
});
export type RulePackView = z.infer<typeof RulePackView>;

export const RulePackList = z.strictObject({ packs: z.array(RulePackView) });

/** Rule files to install, as a JSON text. */
export const RulePackUpload = z.strictObject({
  title: z.exactOptional(z.string().max(200)),
  license: z.exactOptional(z.string().max(100)),
  author: z.exactOptional(z.string().max(512)),
  source: z.exactOptional(z.string().max(512)),
  files: z
    .array(
      z.strictObject({
        /** Relative, with forward slashes. */
        path: z.string().min(1).max(512),
        text: z.string(),
      }),
    )
    .min(1)
    .max(maxPackFiles),
});
export type RulePackUpload = z.infer<typeof RulePackUpload>;

export const RulePackInstalled = z.strictObject({
  pack: RulePackView,
  /** False when exactly this was in force already. */
  changed: z.boolean(),
  diagnostics: z.array(DiagnosticView).max(maxRulesListed),
});
export type RulePackInstalled = z.infer<typeof RulePackInstalled>;

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
  rulePacks: {
    method: 'GET',
    path: '/v1/rule-packs',
    access: 'alerts:read',
    summary: 'The packs of rules of this installation, with version, author and licence',
    answer: { kind: 'json', statuses: [200], schema: RulePackList },
  },
  installRulePack: {
    method: 'POST',
    path: '/v1/rule-packs/{name}',
    access: 'rules:write',
    summary:
      'Installs rule files as a pack of this installation, or as the next version of it; in force at once and as a whole',
    params: z.strictObject({ name: RulePackName }),
    body: {
      kind: 'bytes',
      description:
        'JSON: `files` (each with `path` and `text`), and `title`, `license`, `author`, `source` where pack.yml among them does not say',
    },
    answer: { kind: 'json', statuses: [200], schema: RulePackInstalled },
  },
  rollBackRulePack: {
    method: 'POST',
    path: '/v1/rule-packs/{name}/rollback',
    access: 'rules:write',
    summary: 'Puts an earlier version of an installed pack in force again: the one before, unless said',
    params: z.strictObject({ name: RulePackName }),
    body: { kind: 'json', schema: z.strictObject({ version: z.exactOptional(z.int().positive()) }) },
    answer: { kind: 'json', statuses: [200], schema: RulePackView },
  },
  uninstallRulePack: {
    method: 'DELETE',
    path: '/v1/rule-packs/{name}',
    access: 'rules:write',
    summary: 'Takes an installed pack out, with all its versions',
    params: z.strictObject({ name: RulePackName }),
    answer: { kind: 'json', statuses: [200], schema: RulePackView },
  },
} as const satisfies Record<string, Route>;
