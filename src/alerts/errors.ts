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
  bulk_unknown: {
    status: 404,
    meaning: 'No change of many has this id, or there is nothing in it that can be undone.',
  },
  exception_unknown: { status: 404, meaning: "No exception of the caller's tenant has this id." },
  expiry: {
    status: 400,
    meaning: 'An exception needs an expiry that lies ahead, at most 366 days.',
  },
  too_many_exceptions: {
    status: 409,
    meaning: '500 exceptions of the tenant are in force; end some of them first.',
  },
  too_many_budgets: {
    status: 409,
    meaning: 'The tenant has set as many budgets of rules as it may; take one back first.',
  },
  too_many_rules: {
    status: 400,
    meaning: 'More rules have a title that begins so than one list looks for; write more of it.',
  },
});
