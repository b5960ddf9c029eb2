// Completes package-lock.json for platforms whose optional packages the registry at hand did not have when the lock was
// made: npm leaves those entries out, and `npm ci` then refuses the lock on every platform. Each missing entry is
// fully determined by its parent's exact version; only its integrity is unknown. Run after each change of
// dependencies: `npm install --package-lock-only && node .ci/complete-lock.js`.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
];
const processors = [
  'x64',
  'arm64',
  'arm',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'loong64',
  'mips64el',
];
const words = (name) => name.split(/[-/.]/);
const pick = (name, from) => words(name).filter((word) => from.includes(word));

let added = 0;
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = [`${parent}/node_modules/${name}`, `node_modules/${name}`].some(
      (path) => lock.packages[path],
    );
    if (known) continue;
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw new Error(`${name}@${version}: not an exact version; pin it by hand`);
    const cpu = words(name).some((word) => /^arm(v7)?$|gnueabihf|musleabihf|eabi/.test(word))
      ? ['arm']
      : pick(name, processors);
    const os = pick(name, systems);
    const libc = words(name).some((word) => word === 'gnu')
      ? ['glibc']
      : words(name).includes('musl')
        ? ['musl']
        : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 ? { cpu } : {}),
      ...(entry.dev ? { dev: true } : {}),
      ...(libc && os.includes('linux') ? { libc } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
    };
    added += 1;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform entries added`);
