import type { HuntPrediction } from '../contracts/index.ts';

/** Above so many hits in 100,000 events a rule is off by default. */
const noisyFrom = 1;
const share = 100_000;

/** What a rule would have made of a window, in figures a day and in a sentence. */
export function predictionOf(counted: {
  readonly events: number;
  /** Days that hold events. */
  readonly days: number;
  readonly hits: number;
  readonly alerts: number;
}): HuntPrediction {
  const { events, days, hits, alerts } = counted;
  const rate = events === 0 ? 0 : (hits * share) / events;
  const noisy = rate <= noisyFrom ? false : events < share ? null : true;
  return {
    days,
    hits_a_day: aDay(hits, days),
    alerts_a_day: aDay(alerts, days),
    hits_per_100000: rounded(rate),
    noisy: events === 0 ? null : noisy,
    verdict: verdictOf({ events, rate, noisy }),
  };
}

function verdictOf({ events, rate, noisy }: { events: number; rate: number; noisy: boolean | null }): string {
  const said = `${rounded(rate)} hits in 100,000 events`;
  if (events === 0) return 'The window holds no events: nothing can be said.';
  if (noisy === true)
    return `Noisy: ${said}, more than ${noisyFrom}. A rule like this is off by default; narrow it first.`;
  if (noisy === null)
    return `Too few events to tell: ${said}, but of ${events} events. Look at a longer window before it is enabled.`;
  return rate === 0 ? 'Quiet: no hit in the window.' : `Quiet: ${said}, not more than ${noisyFrom}.`;
}

const aDay = (n: number, days: number) => (days === 0 ? 0 : rounded(n / days));
const rounded = (value: number) => Math.round(value * 100) / 100;
