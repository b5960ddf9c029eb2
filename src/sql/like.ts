/** LIKE patterns from plain text: in a pattern `%`, `_` and the backslash are special and take a backslash. */
function plain(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

export function likeContaining(text: string): string {
  return `%${plain(text)}%`;
}

export function likeStarting(text: string): string {
  return `${plain(text)}%`;
}

export function likeEnding(text: string): string {
  return `%${plain(text)}`;
}

/** From a pattern with `*` and `?`; a backslash before `*`, `?` or a backslash makes that character plain. */
export function likePattern(pattern: string): string {
  return pattern.replace(/\\[*?\\]|[\s\S]/gu, (token) => {
    if (token === '*') return '%';
    if (token === '?') return '_';
    return plain(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
  });
}
