import { errorCatalogue } from '../contracts/error.ts';

export const scanErrors = errorCatalogue('scan', {
  unavailable: {
    status: 501,
    meaning:
      'The YARA library does not load here: the optional package @litko/yara-x has programs for Linux x64 with glibc and for macOS.',
  },
  too_large: { status: 413, meaning: 'The file is larger than what is scanned at once.' },
  busy: {
    status: 429,
    retryable: true,
    meaning: 'As many files wait to be scanned as may; try again later.',
  },
  out_of_time: { status: 504, meaning: 'The scan took longer than its limit and was given up.' },
  failed: { status: 500, meaning: 'The scan failed by a fault of the program or the library.' },
  closed: { status: 503, retryable: true, meaning: 'The program is stopping.' },
});
