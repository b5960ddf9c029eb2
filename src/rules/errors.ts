import { errorCatalogue } from '../contracts/index.ts';

export const rulesErrors = errorCatalogue('rules', {
  pack_unreadable: {
    status: 500,
    meaning: 'A folder of rules, its pack.yml or one of its files can not be read.',
  },
  too_many: { status: 500, meaning: 'A pack has more files, or larger ones, than are taken.' },
  unknown_rule: { status: 404, meaning: 'No loaded pack has such a rule.' },
  tests_invalid: {
    status: 400,
    meaning: 'A file of rule tests is not as it has to be; the message says where.',
  },
});
