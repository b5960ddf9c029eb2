import { BlockList, isIP } from 'node:net';
import type { ExceptionCondition, ExceptionScope, ExceptionTest } from '../../contracts/exception-routes.ts';
import type { Detection } from '../../contracts/index.ts';

/** Whether an exception covers a detection; in time linear in its texts. */
export type Cover = (detection: Detection) => boolean;

/** Makes the test of a scope. A value that is no address or network (one that was blanked out by an erasure) covers nothing. */
export function coverOf({ rule, conditions }: ExceptionScope): Cover {
  const tests = conditions.map(conditionOf);
  return (detection) =>
    (rule === null || detection.rule.id === rule) && tests.every((holds) => holds(detection));
}

function conditionOf(condition: ExceptionCondition): Cover {
  const passes = testOf(condition.test);
  switch (condition.kind) {
    case 'source':
      return ({ event }) => passes(event.source);
    case 'field':
      return ({ matched }) => matched.some(({ field, value }) => field === condition.field && passes(value));
    default:
      return ({ entity }) => entity.kind === condition.kind && passes(entity.value);
  }
}

const folded = (text: string) => text.toLowerCase();

function testOf({ kind, values }: ExceptionTest): (value: string) => boolean {
  const wanted = values.map(folded);
  switch (kind) {
    case 'equals': {
      const known = new Set(wanted);
      return (value) => known.has(folded(value));
    }
    case 'contains':
      return anyOf(wanted, (value, text) => value.includes(text));
    case 'starts_with':
      return anyOf(wanted, (value, text) => value.startsWith(text));
    case 'ends_with':
      return anyOf(wanted, (value, text) => value.endsWith(text));
    case 'cidr':
      return inNetworks(wanted);
  }
}

function anyOf(wanted: readonly string[], holds: (value: string, text: string) => boolean) {
  return (given: string) => {
    const value = folded(given);
    return wanted.some((text) => holds(value, text));
  };
}

function inNetworks(networks: readonly string[]): (value: string) => boolean {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return (value) => {
    const family = isIP(value);
    return family !== 0 && list.check(value, family === 4 ? 'ipv4' : 'ipv6');
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const family = isIP(address);
  if (family === 0) return;
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
}
