/** The files of a tar archive (POSIX.1-1988 headers with GNU long names). */
const block = 512;

export function* filesOf(archive: Buffer): Generator<readonly [name: string, content: Buffer]> {
  let longName = '';
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const text = (start: number, length: number) =>
      archive.toString('utf8', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const content = archive.subarray(at + block, at + block + size);
    const type = text(156, 1);
    if (type === 'L') longName = content.toString().replace(/\0.*$/s, '');
    else {
      if (type === '0' || type === '') yield [(longName || text(0, 100)).replace(/^\.\//, ''), content];
      longName = '';
    }
    at += block + Math.ceil(size / block) * block;
  }
}
