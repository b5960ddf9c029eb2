import { randomBytes } from 'node:crypto';
import {
  type Alerts,
  alertsProjection,
  createAlerts,
  createExceptions,
  defaultLimits,
  type Exceptions,
  type People,
} from '../alerts/index.ts';
import { type Cases, casesProjection, createCases, followOpenings } from '../cases/index.ts';
import type { Config } from '../contracts/index.ts';
import { type Agents, fleetMigrations, openAgents } from '../fleet/index.ts';
import { guardProjection, isValid, type KeyStore, openKeyStore, takeOverKeyFile } from '../guard/index.ts';
import { jobsMigrations } from '../jobs/index.ts';
import {
  type Audit,
  type Journal,
  type JournalFault,
  journalMigrations,
  openAudit,
  openJournal,
  type Projection,
  recordedDetections,
} from '../journal/index.ts';
import { openTopics, type Topics } from '../log/index.ts';
import type { Log } from '../observe/index.ts';
import { channelProjection } from '../respond/index.ts';
import { holdsProjection } from '../retention/index.ts';
import {
  correlationMigrations,
  huntMigrations,
  type InstalledPacks,
  type LiveRules,
  openInstalledPacks,
  openLiveRules,
  openRuleMask,
  ownRules,
  type RuleMask,
  rulePacksProjection,
  rulesProjection,
} from '../rules/index.ts';
import { openState, type State } from '../state/index.ts';
import { closeInReverse } from './close-all.ts';
import type { DataFolder } from './data-folder.ts';

/** What people work with: the journal and its tables, keys, alerts, rules, agents. */
export interface Workflow {
  readonly topics: Topics;
  readonly state: State;
  readonly journal: Journal;
  readonly audit: Audit;
  readonly keys: KeyStore;
  readonly alerts: Alerts;
  readonly exceptions: Exceptions;
  readonly cases: Cases;
  readonly agents: Agents;
  readonly rules: LiveRules;
  readonly rulePacks: InstalledPacks;
  readonly mask: RuleMask;
  close(): Promise<void>;
}

export interface WorkflowInput {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly log: Log;
  readonly clock: () => number;
  /** Called when rules changed. */
  readonly onRules: () => void;
  /** Called when a tenant set a rule. */
  readonly onMask: () => void;
}

const projections: readonly Projection[] = [
  guardProjection,
  alertsProjection(defaultLimits, followOpenings),
  casesProjection(),
  rulesProjection(),
  rulePacksProjection(),
  channelProjection,
  holdsProjection,
];

/** All tables of the state, in the order in which rooms need each other's. */
export const stateMigrations = [
  ...journalMigrations,
  ...jobsMigrations,
  ...fleetMigrations,
  ...huntMigrations,
  ...correlationMigrations,
  ...projections.flatMap((projection) => projection.migrations),
];

const minute = 60_000;

/** Opens topics, state and what lives in them. Who opens, closes. */
export async function openWorkflow(input: WorkflowInput): Promise<Workflow> {
  const { config, folder, log, clock, onRules, onMask } = input;
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = () => closeInReverse(opened.splice(0));
  const date = () => new Date(clock());
  const onFault = (fault: JournalFault) => {
    if (fault.kind === 'delayed') log.warn({ err: fault.error }, 'The journal is ahead of its tables');
    else log.error({ ...fault }, 'An entry of the journal can not be brought into the tables');
  };
  try {
    const topics = await openTopics({
      folder: folder.topics,
      minFreeShare: config.log.min_free_disk_share,
      durability: config.log.durability,
    });
    opened.push(() => topics.close());
    const state = await openState({
      folder: folder.state,
      migrations: stateMigrations,
      clock,
      onFault: (err) => log.warn({ err }, 'The workflow state had a fault'),
    });
    opened.push(() => state.close());
    const journal = await openJournal({ topics, state, projections, clock: date, onFault });
    opened.push(() => journal.close());
    const audit = await openAudit({ topics, state, clock: date, onFault });
    opened.push(() => audit.close());
    const keys = await openKeyStore({ journal, state });
    opened.push(() => keys.close());
    const taken = await takeOverKeyFile(folder.path, keys);
    if (taken > 0) log.info({ keys: taken }, 'Keys of keys.json stand in the journal now');
    const people = peopleOf(keys, clock);
    const alerts = createAlerts({ state, journal, newId, people });
    const cases = createCases({ state, journal, newId, people });
    const exceptions = createExceptions({
      ...{ state, journal, clock: date },
      recorded: (request) => recordedDetections(topics, request),
      newId,
    });
    const agents = await openAgents({
      ...{ state, clock },
      silentMilliseconds: config.health.silent_minutes * minute,
      onFault: (err) => log.warn({ err }, 'Heartbeats could not be written'),
    });
    opened.push(() => agents.close());
    const mask = await openRuleMask({ state, journal, onChange: onMask });
    const rulePacks = await openInstalledPacks({ state, journal, onChange: onRules });
    opened.push(() => rulePacks.close());
    const rules = openLiveRules({
      installed: () => rulePacks.inForce().map(({ pack }) => pack),
      folders: [ownRules, ...(config.rules.folder === undefined ? [] : [config.rules.folder])],
      onChange: onRules,
      onFault: (err) => log.warn({ err }, 'Changed rules can not be read; those of before go on'),
    });
    opened.push(async () => rules.close());
    return {
      topics,
      state,
      journal,
      audit,
      keys,
      alerts,
      exceptions,
      cases,
      agents,
      rules,
      rulePacks,
      mask,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const newId = () => randomBytes(16).toString('hex');

/** Who may be given an alert. */
function peopleOf(keys: KeyStore, clock: () => number): People {
  return async (tenant) => {
    const now = new Date(clock());
    const valid = (await keys.list(tenant)).filter(
      (key) => isValid(key, now) && key.scopes.includes('alerts:write'),
    );
    return [...new Set(valid.map(({ name }) => name))];
  };
}
