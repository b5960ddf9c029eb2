import { errorCatalogue } from '../contracts/index.ts';

export const jobsErrors = errorCatalogue('jobs', {
  unknown_kind: { status: 500, meaning: 'There is no such kind of job in this program.' },
  invalid_parameters: { status: 400, meaning: 'The parameters are not those of this kind of job.' },
  unknown_job: { status: 404, meaning: 'The tenant has no such job.' },
  too_many: {
    status: 429,
    retryable: true,
    meaning: 'The tenant has as many waiting jobs as are allowed; wait until some have ended.',
  },
  ended: { status: 409, meaning: 'The job has ended already and can not be cancelled.' },
  lease_lost: {
    status: 500,
    meaning: 'The job was taken over by another process, because this one did not renew its lease in time.',
  },
});
