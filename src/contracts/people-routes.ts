import * as z from 'zod';
import { Role } from './principal.ts';
import type { Route } from './routes.ts';

/** Someone who holds a valid key; `role` is null where keys were issued by scopes. */
export const PersonView = z.strictObject({
  name: z.string(),
  role: Role.nullable(),
  /** Whether alerts can be given to it. */
  assignable: z.boolean(),
});

export const PeopleList = z.strictObject({ people: z.array(PersonView) });

export const peopleRoutes = {
  people: {
    method: 'GET',
    path: '/v1/people',
    access: 'alerts:read',
    summary: "Names that hold a valid key of the caller's tenant, with their role",
    answer: { kind: 'json', statuses: [200], schema: PeopleList },
  },
} as const satisfies Record<string, Route>;
