/** A line on a terminal that is written over itself; nothing elsewhere. */
export function progressLine(): { show(text: string): void; end(): void } {
  const write = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  };
  return { show: write, end: () => write('') };
}
