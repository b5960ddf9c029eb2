import { errorCatalogue } from '../contracts/index.ts';

export const casesErrors = errorCatalogue('cases', {
  unknown: { status: 404, meaning: "No case of the caller's tenant has this id." },
  changed: {
    status: 409,
    meaning: 'Somebody changed the case since it was read; `details.revision` is its revision now.',
  },
  person_unknown: {
    status: 400,
    meaning: 'Cases are assigned to people who hold a valid key of the tenant with alerts:write.',
  },
  cursor: { status: 400, meaning: 'The cursor is not one that the list of cases gave.' },
  not_in_it: { status: 400, meaning: 'An alert that is to be split off is not in this case.' },
  nothing_left: { status: 400, meaning: 'A split leaves at least one alert in the case.' },
  merged: { status: 409, meaning: 'The case was merged into another one: `details.into`. Work on that one.' },
  too_large: { status: 409, meaning: 'A case holds at most 500 alerts; the merged one would have more.' },
});
