/**
 * Words that state a fact by themselves. Each table is closed: what stands here is never read as an entity, however
 * an attacker names a user or a host.
 */
const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Nothing in evidence can prove an absence within a cut window; the engine says "No evidence", the writer doesn't. */
export const negations = words(`
  no not none never neither nor nothing nobody nowhere without cannot cant dont isnt wasnt arent werent didnt doesnt
  hasnt havent hadnt couldnt wouldnt shouldnt wont absent missing lacks lack lacked lacking except excluding unless
  hardly barely rarely seldom un non`);

export const quantifiers = words(`
  all any anyone anything anybody anywhere every everyone everything everybody everywhere always only each both either
  whole entire entirely completely total totally altogether exclusively solely sole unique uniquely just merely many
  much more less few fewer several some most mostly least majority minority various numerous multiple countless
  often usually frequently constantly repeatedly again once twice thrice half quarter third double triple couple pair
  dozens hundreds thousands millions enough exactly approximately about around nearly almost roughly over under
  single another other others rest remaining additional same identical different similar top bottom`);

/** Say that a value is the greatest or smallest of its column: hold only under an operation that shows it. */
export interface Extreme {
  readonly of: 'time' | 'number';
  readonly edge: 'min' | 'max';
}

const extremesOf = (of: Extreme['of'], edge: Extreme['edge'], text: string) =>
  [...words(text)].map((word) => [word, { of, edge }] as const);

export const extremes: ReadonlyMap<string, Extreme> = new Map([
  ...extremesOf('time', 'min', 'first earliest oldest initial initially'),
  ...extremesOf('time', 'max', 'last latest newest final finally recent'),
  ...extremesOf('number', 'max', 'most highest largest greatest biggest maximum peak top busiest'),
  ...extremesOf('number', 'min', 'least lowest smallest fewest minimum'),
]);

/** Order of two moments: no operation of a claim shows it, so it may stand in an assessment only. */
export const orderings = words(`
  before after afterwards then later earlier previously subsequently subsequent previous prior next following followed
  follows preceded precedes until since during while when whenever meanwhile simultaneously concurrently immediately
  eventually soon shortly already still yet ago consecutive successive`);

export const timeWords = words(`
  yesterday today tomorrow tonight morning noon midday afternoon evening night midnight overnight weekend weekday
  monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
  october november december now currently recently daily hourly weekly nightly`);

/** Cause, intent and judgement: an assessment says them, marked; a fact does not. */
export const judgements = words(`
  because cause caused causes causing therefore thus hence so why intent intend intended intends intention purpose
  purposely deliberate deliberately accidental accidentally malicious maliciously benign harmless legitimate
  illegitimate suspicious suspiciously suspect suspected normal normally abnormal anomalous anomaly unusual unusually
  strange odd expected unexpected typical typically attack attacks attacked attacker attackers adversary adversaries
  intruder intrusion intrusions compromise compromised compromises breach breached exploit exploited exploits
  exploitation malware ransomware phishing exfiltration exfiltrate exfiltrated persistence lateral movement escalation
  credential dumping theft stolen steal abuse abused misuse victim threat threats hostile dangerous risk risky severe
  critical likely unlikely probably possibly perhaps maybe may might could would should must appear appears appeared
  seem seems seemed suggest suggests suggested suggesting indicate indicates indicated indicating imply implies implied
  consistent inconsistent resemble resembles typical reconnaissance discovery enumeration beaconing command-and-control
  unauthorized unauthorised authorized authorised infected infection clean safe secure insecure ignore disregard
  want wants wanted trying tried try attempt attempted attempting order
  privileged elevated trusted untrusted valid invalid internal external new native known hidden high low large small
  long short fast slow special sensitive important interesting`);

/** Outcome words stand only beside a cell (or a filter) of status_id that says so: OCSF 1 success, 2 failure. */
export const outcomes: ReadonlyMap<string, '1' | '2'> = new Map([
  ...'failed fails fail failure failures failing unsuccessful unsuccessfully denied refused rejected blocked'
    .split(' ')
    .map((word) => [word, '2'] as const),
  ...'succeeded succeeds succeed success successes successful successfully granted allowed accepted'
    .split(' ')
    .map((word) => [word, '1'] as const),
]);

/** True for words that no vocabulary may make plain, also as a part of a word with hyphens. */
export function isClosed(word: string): boolean {
  const tables = [negations, quantifiers, orderings, timeWords, judgements, extremes, outcomes];
  return tables.some((table) => table.has(word));
}
