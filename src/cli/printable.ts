/** Telemetry, rules and documents are foreign texts: what a terminal would obey is shown as a space. */
export const printable = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');

/** The same for a text of several lines. */
export const printableLines = (text: string) => text.split('\n').map(printable).join('\n');
