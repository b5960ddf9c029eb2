import * as z from 'zod';
import {
  type Actor,
  maxRulesListed,
  type RulePackInstalled,
  RulePackUpload,
  type RulePackVersion,
  type RulePackView,
} from '../contracts/index.ts';
import { rulesErrors } from './errors.ts';
import type { InstalledPack, InstalledPacks } from './installed.ts';
import type { LiveRules } from './live.ts';
import type { RulePack } from './pack.ts';
import { diagnosticView } from './service.ts';
import { readUpload } from './uploaded-files.ts';

interface Order {
  readonly tenant: string;
  readonly by: Actor;
  readonly name: string;
}

/** The packs of this installation: looked at, installed, rolled back, taken out. */
export interface RulePacks {
  list(): Promise<readonly RulePackView[]>;
  /** `body`: JSON of a `RulePackUpload`. Throws what `readUpload` and `InstalledPacks` throw, `rules.pack_name_taken`. */
  install(order: Order & { readonly body: Uint8Array }): Promise<RulePackInstalled>;
  rollBack(order: Order & { readonly version?: number | undefined }): Promise<RulePackView>;
  uninstall(order: Order): Promise<RulePackView>;
}

export function createRulePacks(parts: {
  readonly live: LiveRules;
  readonly installed: InstalledPacks;
}): RulePacks {
  const { live, installed } = parts;
  const isInstalled = (name: string) => installed.inForce().some(({ pack }) => pack.name === name);
  const viewOf = async (found: InstalledPack) =>
    viewOfInstalled(found, (await installed.versions()).get(found.pack.name));
  return {
    async list() {
      const versions = await installed.versions();
      const kept = new Map(installed.inForce().map((found) => [found.pack.name, found]));
      return live.packs().map((pack, index) => {
        const found = kept.get(pack.name);
        if (found?.pack === pack) return viewOfInstalled(found, versions.get(pack.name));
        return viewOfPack(pack, index === 0 ? 'program' : 'folder');
      });
    },
    async install({ body, ...order }) {
      const { name } = order;
      if (!isInstalled(name) && live.packs().some((pack) => pack.name === name))
        throw rulesErrors.make('pack_name_taken', `A pack named '${name}' is loaded from a folder`);
      const upload = readUpload(name, uploadIn(body));
      const now = await installed.install({ ...order, upload });
      const found = now ?? installed.inForce().find(({ pack }) => pack.name === name);
      if (found === undefined) throw rulesErrors.make('unknown_pack', `'${name}' was taken out meanwhile`);
      const diagnostics = found.pack.diagnostics.slice(0, maxRulesListed).map(diagnosticView);
      return { pack: await viewOf(found), changed: now !== undefined, diagnostics };
    },
    rollBack: async ({ version, ...order }) => await viewOf(await installed.rollBack({ ...order, version })),
    async uninstall(order) {
      return viewOfInstalled(await installed.uninstall(order), undefined);
    },
  };
}

function uploadIn(body: Uint8Array): RulePackUpload {
  try {
    return RulePackUpload.parse(JSON.parse(Buffer.from(body).toString()));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw rulesErrors.make('pack_invalid', `The body is no pack: ${why}`, { cause });
  }
}

function viewOfInstalled(
  { pack, version }: InstalledPack,
  versions: readonly RulePackVersion[] = [],
): RulePackView {
  return { ...viewOfPack(pack, 'installed'), version, versions: [...versions] };
}

function viewOfPack(pack: RulePack, origin: RulePackView['origin']): RulePackView {
  const { name, title, license, author, source, rules, correlations, filters, diagnostics } = pack;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    ...{ name, title, license, author, source, origin, errors },
    ...{ rules: rules.length, correlations: correlations.length, filters: filters.length },
    ...{ warnings: diagnostics.length - errors, version: null, versions: [] },
  };
}
