import { type Micros, millisecond } from '../day.ts';
import { images } from '../windows/images.ts';
import { briefly, type Process } from '../windows/processes.ts';
import type { World } from '../world.ts';
import { startAttackProcess } from './marked.ts';

const questions: readonly (readonly [string, string])[] = [
  [images.whoami, 'whoami /all'],
  [images.ipconfig, 'ipconfig  /all'],
  [images.systeminfo, 'systeminfo'],
  [images.net, 'net  user /domain'],
  [images.net, 'net  group "Domain Admins" /domain'],
  [images.nltest, 'nltest  /dclist:harbour.example'],
  [images.nltest, 'nltest  /domain_trusts /all_trusts'],
  [images.net, 'net  view /all'],
  [images.tasklist, 'tasklist  /svc'],
];

/** The intruder asks where this is and who matters here. */
export function lookAround(world: World, shell: Process, from: Micros): void {
  let at = from;
  for (const [image, command] of questions) {
    startAttackProcess(world, { at, parent: shell, image, command, lasts: briefly(world) });
    at += world.random.integer(8_000, 70_000) * millisecond;
  }
}
