import { Command } from 'commander';
import { examine } from '../system/index.ts';
import { configOf } from './session.ts';

const signs = { good: 'ok  ', warning: 'warn', failed: 'FAIL' } as const;

/** `tyrian doctor`: what Tyrian needs of this machine, and what to do where something is missing. */
export function doctorCommand(setExitCode: (code: number) => void): Command {
  return new Command('doctor')
    .description(
      'look at disk, memory, clock, engines, configuration and model; says how to mend what is wrong',
    )
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const findings = await examine(configOf(command), new AbortController().signal);
      if (findings.some(({ state }) => state === 'failed')) setExitCode(1);
      if (options.json === true) {
        console.log(JSON.stringify(findings));
        return;
      }
      for (const { name, state, says, mend } of findings) {
        console.log(`${signs[state]}  ${name.padEnd(15)}  ${says}`);
        if (mend !== '') console.log(`${' '.repeat(6)}${' '.repeat(17)}→ ${mend}`);
      }
    });
}
