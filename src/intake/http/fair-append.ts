import type { RecordGroup } from '../../contracts/index.ts';
import type { Log } from '../../log/index.ts';

/** Bodies of groups that the log is given before it has acknowledged others: as much as one import keeps under way. */
const bytesUnderWay = 16 * 1024 * 1024;

/** Appends the groups of a tenant's request; resolves when all are durable, rejects with the first error of the log. */
export type FairAppend = (tenant: string, groups: readonly RecordGroup[]) => Promise<void>;

interface Request {
  readonly groups: RecordGroup[];
  underWay: number;
  failure: { readonly error: unknown } | undefined;
  readonly settled: () => void;
}

interface Tenant {
  /** In order of coming. */
  readonly requests: Request[];
  /** Bytes that were handed on for it, from the time on when it last began to wait. */
  served: number;
}

/**
 * Hands groups to the log so that a tenant with much to append delays others by no more than what is under way: the next group is
 * always of the tenant that was served the fewest bytes among those that wait. A tenant's own groups keep their order.
 * After an error of the log the rest of that request is not appended.
 */
export function createFairAppend(log: Pick<Log, 'append'>): FairAppend {
  const waiting = new Map<string, Tenant>();
  let bytes = 0;
  /** What the tenant that was served last had been served before: who begins to wait begins there, with no credit for quiet times. */
  let level = 0;

  const hand = async (request: Request, group: RecordGroup) => {
    bytes += group.body.length;
    request.underWay += 1;
    try {
      await log.append(group);
    } catch (error) {
      request.failure ??= { error };
      request.groups.length = 0;
    }
    bytes -= group.body.length;
    request.underWay -= 1;
    if (request.underWay === 0 && request.groups.length === 0) request.settled();
    pump();
  };

  const pump = () => {
    for (;;) {
      const next = leastServed(waiting);
      if (next === undefined) return;
      const [name, tenant] = next;
      const [request] = tenant.requests;
      const group = request?.groups[0];
      if (request === undefined || group === undefined) {
        tenant.requests.shift();
        if (tenant.requests.length === 0) waiting.delete(name);
        continue;
      }
      if (bytes > 0 && bytes + group.body.length > bytesUnderWay) return;
      request.groups.shift();
      level = tenant.served;
      tenant.served += group.body.length;
      void hand(request, group);
    }
  };

  return async (name, groups) => {
    if (groups.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const request: Request = { groups: [...groups], underWay: 0, failure: undefined, settled: resolve };
    const tenant = waiting.get(name) ?? { requests: [], served: level };
    tenant.requests.push(request);
    waiting.set(name, tenant);
    pump();
    // Waits for all, refused or not: the log reads the groups' buffers until each has settled.
    await promise;
    if (request.failure !== undefined) throw request.failure.error;
  };
}

function leastServed(waiting: ReadonlyMap<string, Tenant>): readonly [string, Tenant] | undefined {
  let least: readonly [string, Tenant] | undefined;
  for (const entry of waiting) if (least === undefined || entry[1].served < least[1].served) least = entry;
  return least;
}
