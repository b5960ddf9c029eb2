import { errorCatalogue } from '../contracts/error.ts';

export const errors = errorCatalogue('sql', {
  table: {
    status: 400,
    meaning: 'the query names a table that is not declared, or one that queries may not read',
  },
  column: {
    status: 400,
    meaning: 'the query names a column that its source does not have, or names one twice',
  },
  type: { status: 400, meaning: 'the operation does not fit the type of the column' },
  value: { status: 400, meaning: 'the value cannot be written for the type of the column' },
  bound: { status: 400, meaning: 'the query is larger or deeper than allowed' },
  scope: { status: 500, meaning: 'a query was printed without a scope that the guard granted' },
});
