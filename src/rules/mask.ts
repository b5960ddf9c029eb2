import * as z from 'zod';
import { type Actor, RuleLevel } from '../contracts/index.ts';
import type { Journal, Projection } from '../journal/index.ts';
import type { State, StateMigration } from '../state/index.ts';

export const rulesMigrations: readonly StateMigration[] = [
  {
    room: 'rules',
    version: 1,
    sql: `
      CREATE TABLE rule_settings (
        tenant text NOT NULL,
        rule_id text NOT NULL,
        enabled boolean NOT NULL,
        level text,
        changed_by text NOT NULL,
        changed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant, rule_id)
      );
    `,
  },
];

const kind = 'rules.set';

const RuleSetting = z.strictObject({ enabled: z.boolean(), level: RuleLevel.nullable() });
/** What a tenant set of a rule; a level of null is the rule's own. */
export type RuleSetting = z.infer<typeof RuleSetting>;

const SettingChange = z.object({
  rule_id: z.string(),
  before: RuleSetting,
  after: RuleSetting,
});

/** What holds of a rule where nobody set anything: it is in force, unless its pack leaves it off. */
export const usualSetting = (pack: { readonly off?: readonly string[] }, ruleId: string): RuleSetting => {
  return { enabled: pack.off?.includes(ruleId) !== true, level: null };
};

/** Tables of what tenants set of rules, made from the journal. */
export function rulesProjection(): Projection {
  return {
    name: 'rules',
    migrations: rulesMigrations,
    tables: ['rule_settings'],
    kinds: [kind],
    audited: ['rule_id', 'before', 'after'],
    async applyChange(session, { tenant, by, at, data }) {
      const { rule_id, after } = SettingChange.parse(data);
      await session.query(
        'INSERT INTO rule_settings (tenant, rule_id, enabled, level, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6) ' +
          'ON CONFLICT (tenant, rule_id) DO UPDATE SET enabled = $3, level = $4, changed_by = $5, changed_at = $6',
        [tenant, rule_id, after.enabled, after.level, by.name, at],
      );
    },
  };
}

/** What tenants set of rules. */
export interface RuleMask {
  /** From memory: as of the last change; undefined when nobody set anything. */
  of(tenant: string, ruleId: string): RuleSetting | undefined;
  /** All settings, for another thread. */
  entries(): RuleMaskEntries;
  set(request: {
    readonly tenant: string;
    readonly by: Actor;
    readonly ruleId: string;
    /** What held before anybody set anything; in force unless said. */
    readonly usual?: RuleSetting;
    readonly change: Partial<RuleSetting>;
  }): Promise<RuleSetting>;
}

/** Tenant and rule id in one text → setting. */
export type RuleMaskEntries = ReadonlyMap<string, RuleSetting>;

export const maskKey = (tenant: string, ruleId: string) => `${tenant} ${ruleId}`;

/** `onChange` is called after each change, with the settings in force. */
export async function openRuleMask(options: {
  readonly state: State;
  readonly journal: Journal;
  readonly onChange: () => void;
}): Promise<RuleMask> {
  const { state, journal } = options;
  const settings = new Map<string, RuleSetting>();
  const rows = await state.query('SELECT tenant, rule_id, enabled, level FROM rule_settings');
  for (const { tenant, rule_id, enabled, level } of rows)
    settings.set(maskKey(String(tenant), String(rule_id)), RuleSetting.parse({ enabled, level }));
  const of = (tenant: string, ruleId: string) => settings.get(maskKey(tenant, ruleId));
  return {
    of,
    entries: () => new Map(settings),
    async set({ tenant, by, ruleId, usual = usualSetting({}, ruleId), change }) {
      const recorded = await journal.change({ kind, tenant, by }, async () => {
        const before = of(tenant, ruleId) ?? usual;
        const after = { ...before, ...change };
        const same = after.enabled === before.enabled && after.level === before.level;
        return same ? undefined : { rule_id: ruleId, before, after };
      });
      if (recorded !== undefined) {
        settings.set(maskKey(tenant, ruleId), SettingChange.parse(recorded.data).after);
        options.onChange();
      }
      return of(tenant, ruleId) ?? usual;
    },
  };
}
