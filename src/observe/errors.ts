import { errorCatalogue } from '../contracts/index.ts';

export const observeErrors = errorCatalogue('observe', {
  metric_invalid: { status: 500, meaning: 'A metric is declared twice or wrongly; a fault of the program.' },
});
