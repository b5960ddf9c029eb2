import { isIP } from 'node:net';

/** What one passage keeps at the most. */
const maxIdentifiers = 256;
/** A DNS name has at most 253 characters; longer runs are looked at no further. */
const maxCandidate = 253;

/** `198[.]51[.]100[.]7`, `evil(.)example`, `hxxps://` as analysts write what must not be clicked. */
const defanged = /\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)/gi;
/** Runs that may be an identifier; no nested repetition: linear. */
const candidates = /[A-Za-z0-9][A-Za-z0-9._:-]*/g;

const coded: readonly RegExp[] = [
  /^CVE-\d{4}-\d{4,19}$/,
  /^CWE-\d{1,5}$/,
  /^T\d{4}(?:\.\d{3})?$/,
  /^(?:TA|DS|DC)\d{4}$/,
  /^[GSMC]\d{4}$/,
];
const hash = /^(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64})$/;
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
/** What ends a domain that was written plainly: `cmd.exe` and `notes.txt` are none. */
const plainEndings = new Set(
  `com net org edu gov mil int info biz io co app dev cloud online site xyz top onion local internal corp lan test
  example invalid uk de fr nl eu ch at it es pl se no fi dk be cz ru ua cn jp kr in br au ca us me tv cc ws su`.split(
    /\s+/,
  ),
);

/**
 * The identifiers in a text, each once, in order of their first appearance: CVE, CWE and ATT&CK ids in upper case,
 * MD5, SHA-1 and SHA-256, addresses and domains in lower case, defanged ones as they really are. Never throws; linear
 * in the text's length.
 */
export function identifiersIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [raw] of text.replace(defanged, dotMark).matchAll(plainOrDefanged)) {
    if (found.size >= maxIdentifiers) break;
    const wasDefanged = raw.includes(dotMark);
    for (const [candidate] of raw.replaceAll(dotMark, '.').matchAll(candidates)) {
      const identifier = identifierOf(trimmed(candidate), wasDefanged);
      if (identifier !== undefined) found.add(identifier);
    }
  }
  return [...found].slice(0, maxIdentifiers);
}

/** With the techniques of sub-techniques: `T1003.001` names T1003 as well. */
export function withTechniques(identifiers: readonly string[]): readonly string[] {
  const techniques = identifiers
    .filter((each) => /^T\d{4}\./.test(each))
    .map((each) => each.slice(0, techniqueLength));
  return [...new Set([...identifiers, ...techniques])];
}

const techniqueLength = 'T1003'.length;

/** Stands for a defanged dot while a text is read: what ends in one may be a domain of any ending. */
const dotMark = '\u00b7';
const plainOrDefanged = /[A-Za-z0-9._:\u00b7-]+/g;

/** Without the punctuation of the sentence around it. */
function trimmed(candidate: string): string {
  let end = candidate.length;
  while (end > 0 && '.:-_'.includes(candidate[end - 1] ?? '')) end -= 1;
  return candidate.slice(0, end);
}

function identifierOf(candidate: string, wasDefanged: boolean): string | undefined {
  if (candidate.length < 4 || candidate.length > maxCandidate) return undefined;
  const upper = candidate.toUpperCase();
  if (coded.some((pattern) => pattern.test(upper))) return upper;
  const lower = candidate.toLowerCase();
  if (hash.test(lower) || isIP(lower) > 0) return lower;
  const host = lower.split(':', 1)[0] ?? '';
  return isIP(host) > 0 || isDomain(host, wasDefanged) ? host : undefined;
}

function isDomain(text: string, wasDefanged: boolean): boolean {
  const labels = text.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || !/^[a-z]{2,24}$/.test(last)) return false;
  return (
    (wasDefanged || plainEndings.has(last)) && labels.every((each) => each.length < 64 && label.test(each))
  );
}
