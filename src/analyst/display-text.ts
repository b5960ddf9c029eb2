/**
 * Text from telemetry made safe to show: control, format (bidirectional marks, zero width), unassigned and line
 * separator characters become `\u{hex}`, so that a command line can't steer a terminal or reorder what is read.
 */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** `a\u001b[2Jb` → `a\u{1b}[2Jb` as visible text. Length is bounded by eight times the input. */
export function displayText(text: string): string {
  return text.replace(invisible, escaped);
}

/** The back-tick and the two characters that Unicode compatibility (NFKC) folds into it. */
const backTicks = /[`\u1fef\uff40]/g;

/** As `displayText`, and back-ticks escaped too: what stands between back-ticks in a sentence can't end them. */
export function quotableText(text: string): string {
  return displayText(text).replace(backTicks, escaped);
}
