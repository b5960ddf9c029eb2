import { Command, CommanderError } from 'commander';
import { ownVersion } from '../api/index.ts';
import { TyrianError } from '../contracts/index.ts';
import { alertsCommand } from './alerts.ts';
import { askCommand } from './ask.ts';
import { backupCommand } from './backup.ts';
import { casesCommand } from './cases.ts';
import { deadLettersCommand } from './deadletters.ts';
import { demoCommand } from './demo.ts';
import { detectCommand } from './detect.ts';
import { doctorCommand } from './doctor.ts';
import { exceptionsCommand } from './exceptions.ts';
import { huntCommand } from './hunt.ts';
import { importCommand } from './import.ts';
import { intelCommand } from './intel.ts';
import { jobsCommand } from './jobs.ts';
import { keysCommand } from './keys.ts';
import { ledgerCommand } from './ledger.ts';
import { notifyCommand } from './notify.ts';
import { printableLines } from './printable.ts';
import { restoreCommand } from './restore.ts';
import { eraseCommand, retentionCommand } from './retention.ts';
import { rulesCommand } from './rules.ts';
import { scanCommand } from './scan.ts';
import { serveCommand } from './serve.ts';
import { sourcesCommand } from './sources.ts';
import { stateCommand } from './state.ts';
import { statusCommand } from './status.ts';
import { watchCommand } from './watch.ts';

/** Exit codes: 0 done, 1 it failed, 2 the call's words are wrong, 130 stopped by the user. */
const exitCodes = { failed: 1, usage: 2, stopped: 130 } as const;

const commands = [
  serveCommand,
  importCommand,
  askCommand,
  alertsCommand,
  casesCommand,
  exceptionsCommand,
  rulesCommand,
  detectCommand,
  huntCommand,
  scanCommand,
  sourcesCommand,
  statusCommand,
  ledgerCommand,
  deadLettersCommand,
  intelCommand,
  jobsCommand,
  keysCommand,
  notifyCommand,
  watchCommand,
  backupCommand,
  restoreCommand,
  stateCommand,
  retentionCommand,
  eraseCommand,
  doctorCommand,
  demoCommand,
] as const;

/** Runs one command line and gives its exit code. Errors are printed here and nowhere else. */
export async function main(words: readonly string[]): Promise<number> {
  const program = new Command('tyrian')
    .description('An AI-SIEM: telemetry in, answers bound to evidence out')
    .version(ownVersion())
    .option('--config <file>', 'configuration file (YAML); TYRIAN_* variables win over it')
    .option('--data <folder>', 'data folder')
    .option('--tenant <name>', 'tenant of this command')
    .option('--verbose', 'log every batch')
    .option(
      '--url <url>',
      'work with this server instead of a data folder (TYRIAN_URL)',
      process.env.TYRIAN_URL,
    )
    .option('--key <key>', 'its API key; better given as TYRIAN_KEY', process.env.TYRIAN_KEY)
    .exitOverride()
    .showHelpAfterError();
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  for (const command of commands) {
    const added = command(setExitCode);
    program.addCommand(added);
    inherit(program, added);
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

/** Commands that are added, not made by their parent, do not take over how errors end. */
function inherit(from: Command, command: Command): void {
  command.copyInheritedSettings(from);
  for (const inner of command.commands) inherit(command, inner);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof Error && error.name === 'AbortError') return exitCodes.stopped;
  if (error instanceof TyrianError) {
    console.error(`${printableLines(error.message)}\n(${error.code})`);
    const can = error.details.can;
    if (Array.isArray(can))
      console.error(`It can answer, for example:\n${can.map((line) => `  ${String(line)}`).join('\n')}`);
    return exitCodes.failed;
  }
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  return exitCodes.failed;
}
