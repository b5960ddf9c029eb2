import { errorCatalogue } from '../contracts/index.ts';

export const intelErrors = errorCatalogue('intel', {
  not_text: { status: 400, meaning: 'The document is not UTF-8 text.' },
  not_understood: {
    status: 400,
    meaning: 'The document is not of the kind that was named, or holds nothing that is kept.',
  },
  too_large: { status: 413, meaning: 'The document has more bytes or passages than one document may have.' },
  full: {
    status: 507,
    meaning: 'The tenant holds as many passages or documents as it may; remove some first.',
  },
  no_such_document: { status: 404, meaning: "No document of the caller's tenant has this id." },
  own_document: { status: 409, meaning: 'The notes that come with the program can not be removed.' },
});
