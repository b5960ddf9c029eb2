import { errorCatalogue } from '../contracts/index.ts';

export const fleetErrors = errorCatalogue('fleet', {
  too_many_agents: {
    status: 429,
    meaning: 'The tenant has as many agents as are kept; retire those that are no more.',
  },
  unknown_agent: { status: 404, meaning: 'The tenant has no such agent.' },
});
