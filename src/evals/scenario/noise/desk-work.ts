import type { Department } from '../company/people.ts';
import { type Micros, millisecond, minute, second } from '../day.ts';
import { images } from '../windows/images.ts';
import { forMinutes, type Process, startProcess } from '../windows/processes.ts';
import { logFileCreate, logImageLoad, logRegistrySet } from '../windows/sysmon.ts';
import type { World } from '../world.ts';
import { atWork, type Desk } from './arrival.ts';

const programsPerPerson = 26;

interface Program {
  readonly image: string;
  /** Ending of the documents it writes; empty when it writes none. */
  readonly document: string;
}

const office: readonly Program[] = [
  { image: images.word, document: 'docx' },
  { image: images.excel, document: 'xlsx' },
  { image: images.notepad, document: 'txt' },
  { image: images.chat, document: '' },
  { image: images.calculator, document: '' },
];
const engineering: readonly Program[] = [
  { image: images.code, document: 'ts' },
  { image: images.git, document: '' },
  { image: images.node, document: 'log' },
  { image: images.cmd, document: '' },
  { image: images.chat, document: '' },
];
const programs: Readonly<Record<Department, readonly Program[]>> = {
  finance: office,
  sales: office,
  people: office,
  engineering,
  it: [...office, { image: images.mstsc, document: '' }, { image: images.cmd, document: '' }],
};
const words = ['report', 'plan', 'budget', 'offer', 'minutes', 'draft', 'summary', 'roster', 'forecast'];

/** People open programs and save what they write. */
export function workAtDesks(world: World, desks: readonly Desk[]): void {
  for (const desk of desks) {
    const times = world.count(programsPerPerson);
    for (let time = 0; time < times; time += 1) useProgram(world, desk);
  }
}

function useProgram(world: World, desk: Desk): void {
  const { random } = world;
  const at = atWork(world, desk);
  const program = random.pick(programs[desk.person.department]);
  const documents = `C:\\Users\\${desk.person.account.name}\\Documents`;
  const name = `${random.pick(words)}-${random.integer(1, 400)}.${program.document}`;
  const opensFile = program.document !== '' && random.chance(0.6);
  const process = startProcess(world, {
    at,
    parent: desk.explorer,
    image: program.image,
    command: opensFile ? `"${program.image}" "${documents}\\${name}"` : `"${program.image}"`,
    directory: `${documents}\\`,
    lasts: forMinutes(world, 2, 45),
  });
  logImageLoad(world, process, at + 90 * millisecond, random.pick(libraries));
  if (program.document !== '') save(world, process, at, `${documents}\\${name}`);
}

function save(world: World, process: Process, at: Micros, path: string): void {
  const { random } = world;
  const account = process.session.account;
  logFileCreate(world, process, at + random.integer(20, 55) * second, path);
  if (!random.chance(0.5)) return;
  logRegistrySet(world, process, at + minute, {
    path: `HKU\\${account.sid}\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs\\${random.integer(1, 150)}`,
    details: 'Binary Data',
  });
}

const libraries = [
  'C:\\Windows\\System32\\msasn1.dll',
  'C:\\Windows\\System32\\amsi.dll',
  'C:\\Windows\\System32\\clr.dll',
  'C:\\Windows\\System32\\wldp.dll',
  'C:\\Windows\\System32\\taskschd.dll',
  'C:\\Windows\\System32\\dbghelp.dll',
];
