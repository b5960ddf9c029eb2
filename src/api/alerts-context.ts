import type { Alerts } from '../alerts/index.ts';
import type { AlertView } from '../contracts/alert.ts';
import type { AlertContext } from '../contracts/alert-routes.ts';
import { type Principal, type RuleView, TyrianError } from '../contracts/index.ts';
import type { Rules } from '../rules/index.ts';
import { type EventReads, readValues } from './alerts-values.ts';

/** An alert is shown after this time at the latest, with what is known of it by then. */
export const contextMilliseconds = 2_000;

export interface ContextDependencies extends EventReads {
  readonly rules: Pick<Rules, 'get'>;
  readonly alerts: Pick<Alerts, 'prevalence'>;
  /** Wall clock. */
  readonly clock: () => Date;
  /** A part that takes longer is a timeout; `contextMilliseconds` unless said. */
  readonly contextLimit?: number;
}

interface Shown {
  readonly principal: Principal;
  readonly alert: AlertView;
  readonly signal: AbortSignal;
}

/** The rule, its prevalence and that of the matched values: side by side, each with an outcome of its own. Never fails as a whole. */
export async function readContext(
  dependencies: ContextDependencies,
  { principal, alert, signal }: Shown,
): Promise<AlertContext> {
  const { rules, alerts, clock, contextLimit: limit = contextMilliseconds } = dependencies;
  const { tenant } = principal;
  const now = clock();
  const [rule, prevalence, values] = await Promise.all([
    outcomeOf(limit, signal, async () => ruleContext(rules.get(tenant, alert.rule))),
    outcomeOf(limit, signal, (within) =>
      alerts.prevalence({ tenant, rule: alert.rule, now }, { signal: within }),
    ),
    outcomeOf(limit, signal, (within) => readValues(dependencies, { principal, alert, now, signal: within })),
  ]);
  return { rule, prevalence, values };
}

function ruleContext({ level, enabled, status, tags, description, falsepositives }: RuleView) {
  return { level, enabled, status, attack: attackOf(tags), description, falsepositives };
}

/** `attack.t1059.001` → `T1059.001`, `attack.defense-evasion` → `defense-evasion`. */
function attackOf(tags: readonly string[]): string[] {
  return tags
    .filter((tag) => tag.startsWith('attack.'))
    .map((tag) => tag.slice('attack.'.length))
    .map((name) => (/^[tsg]\d{4}/.test(name) ? name.toUpperCase() : name));
}

type Outcome<T> =
  | ({ readonly state: 'ready' } & T)
  | { readonly state: 'failed'; readonly code: string }
  | { readonly state: 'timeout'; readonly after_ms: number };

/** Gives up after the time, whether or not the work heeds its signal; throws only when the caller is gone. */
async function outcomeOf<T extends object>(
  limit: number,
  caller: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Outcome<T>> {
  const timer = AbortSignal.timeout(limit);
  const signal = AbortSignal.any([caller, timer]);
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return { state: 'ready', ...(await Promise.race([work(signal), stopped])) };
  } catch (error) {
    caller.throwIfAborted();
    if (timer.aborted) return { state: 'timeout', after_ms: limit };
    return { state: 'failed', code: error instanceof TyrianError ? error.code : 'http.internal' };
  }
}
