import { errorCatalogue } from '../contracts/index.ts';

export const rulesErrors = errorCatalogue('rules', {
  pack_unreadable: {
    status: 500,
    meaning: 'A folder of rules, its pack.yml or one of its files can not be read.',
  },
  too_many: { status: 500, meaning: 'A pack has more files, or larger ones, than are taken.' },
  pack_invalid: {
    status: 400,
    meaning: 'What is to be installed is no set of rule files: the message says what is wrong.',
  },
  pack_too_large: { status: 413, meaning: 'A pack that is to be installed is past a bound.' },
  pack_name_taken: {
    status: 409,
    meaning: 'Another pack of this installation has this name; choose another.',
  },
  too_many_packs: { status: 409, meaning: 'As many packs are installed as are kept; uninstall one.' },
  unknown_pack: { status: 404, meaning: 'No pack of this name is installed.' },
  unknown_version: {
    status: 409,
    meaning: 'The pack has no such version, or no earlier one, that could be put in force.',
  },
  unknown_rule: { status: 404, meaning: 'No loaded pack has such a rule.' },
  window: { status: 400, meaning: 'The window of a hunt can not be read, or ends before it begins.' },
  window_too_wide: {
    status: 400,
    meaning: 'The window of a hunt holds events of more hours than are looked at in one go.',
  },
  hunt_rule: {
    status: 400,
    meaning:
      'The text of a rule to hunt with holds not exactly one sound rule that some source can match; the message says what is wrong.',
  },
  hunt_changed: {
    status: 409,
    meaning: 'The rule was changed while its hunt waited or ran; order it again.',
  },
  too_many_hunts: {
    status: 429,
    retryable: true,
    meaning: 'The tenant has as many waiting and running hunts as are allowed; wait until one has ended.',
  },
  unknown_hunt: { status: 404, meaning: 'The tenant has no such hunt, back-test or back-fill.' },
  not_in_force: { status: 409, meaning: 'Only rules that are in force for the tenant are back-filled.' },
  backfill_too_large: {
    status: 409,
    meaning:
      'The journal, or the window of a back-fill, holds more detections than are compared in one go; a narrower window may help.',
  },
  backfill_too_noisy: {
    status: 409,
    meaning:
      'A back-fill made as many detections as one may make; what it made stays, and another one goes on behind.',
  },
  tests_invalid: {
    status: 400,
    meaning: 'A file of rule tests is not as it has to be; the message says where.',
  },
});
