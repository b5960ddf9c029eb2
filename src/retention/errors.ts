import { errorCatalogue } from '../contracts/index.ts';

export const retentionErrors = errorCatalogue('retention', {
  held: {
    status: 409,
    meaning: 'The tenant is under legal hold: nothing of it is removed until the hold is released.',
  },
  hold_known: { status: 409, meaning: 'The tenant has a hold of this name already.' },
  hold_unknown: { status: 404, meaning: 'The tenant has no such hold.' },
});
