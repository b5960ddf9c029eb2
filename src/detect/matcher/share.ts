import type { Atom } from './atom.ts';

/** Guessed shares of events that have an atom: they only order atoms, until events were seen. */
const guesses = { flag: 0.4, short: 0.05, value: 0.01, letter: 0.7, least: 0.000_5, everyday: 0.1 } as const;
const shortLength = 6;

/** Programs that run everywhere, and pieces that most paths have. */
const everyday: ReadonlySet<string> = new Set([
  ...['cmd.exe', 'powershell.exe', 'pwsh.exe', 'svchost.exe', 'explorer.exe', 'rundll32.exe', 'services.exe'],
  ...['lsass.exe', 'conhost.exe', 'reg.exe', 'net.exe', 'net1.exe', 'wmiprvse.exe', 'windows', 'system32'],
  ...['syswow64', 'users', 'programdata', 'program files', 'program files (x86)', 'appdata', 'local', 'temp'],
  ...['.exe', '.dll', 'microsoft', 'services', 'software', 'currentversion', 'http:', 'https:', 'true'],
]);

/** The share of events, between 0 and 1, that may have the atom. */
export function shareOf({ place, text }: Atom): number {
  if (place === 'present') return 1;
  const parts = text.split(/[\\/]+/).filter((part) => part !== '' && part !== 'c:' && part !== ':');
  if (parts.every((part) => everyday.has(part))) return guesses.everyday;
  if (place === 'whole') {
    if (text.length < 2) return guesses.flag;
    return text.length < shortLength ? guesses.short : guesses.value;
  }
  return Math.max(guesses.least, guesses.letter ** text.length);
}
