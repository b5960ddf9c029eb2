import type { Role } from '../contracts/index.ts';
import type { KeyRecord } from './key-store.ts';

/** Someone who holds a valid key. */
export interface Person {
  readonly name: string;
  /** Null: by scopes alone. */
  readonly role: Role | null;
  /** Whether alerts can be given to it: one of its keys works on them. */
  readonly assignable: boolean;
}

const roles: readonly (Role | null)[] = ['admin', 'analyst', 'viewer', 'shipper', null];

/** The names that these keys were issued to, in order, each with the most that its keys make of it. */
export function peopleOf(keys: readonly KeyRecord[]): readonly Person[] {
  const people = new Map<string, Person>();
  for (const { name, role, scopes } of keys) {
    const known = people.get(name) ?? { name, role, assignable: false };
    const isMore = roles.indexOf(role) < roles.indexOf(known.role);
    const assignable = known.assignable || scopes.includes('alerts:write');
    people.set(name, { name, role: isMore ? role : known.role, assignable });
  }
  return [...people.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
