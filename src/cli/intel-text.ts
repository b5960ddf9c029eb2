/** Text of documents is foreign: what a terminal would obey is shown as a space. */
export const printable = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
