import { errorCatalogue } from '../contracts/index.ts';

export const alertsErrors = errorCatalogue('alerts', {
  unknown: { status: 404, meaning: "No alert of the caller's tenant has this id." },
  changed: {
    status: 409,
    meaning: 'Somebody changed the alert since it was read; `details.revision` is its revision now.',
  },
  person_unknown: {
    status: 400,
    meaning: 'Alerts are assigned to people who hold a valid key of the tenant with alerts:write.',
  },
  cursor: { status: 400, meaning: 'The cursor is not one that a list of this order gave.' },
  too_many_rules: {
    status: 400,
    meaning: 'More rules have a title that begins so than one list looks for; write more of it.',
  },
});
