import { errorCatalogue } from '../contracts/index.ts';

/** Codes of intake: thrown errors, faults of records and refusals alike. */
export const intakeErrors = errorCatalogue('intake', {
  too_large: { status: 413, meaning: 'a record is larger than 1 MiB' },
  not_json: { status: 400, meaning: 'a record is neither JSON nor a line of text that a source knows' },
  not_an_object: { status: 400, meaning: 'a record is JSON, but not an object' },
  broken_json: { status: 400, meaning: 'a JSON value does not end where it should' },
  broken_array: {
    status: 400,
    meaning: 'an array of records breaks off or is not JSON; what follows is one dead letter',
  },
  broken_xml: { status: 400, meaning: 'an XML event has no end' },
  unreadable: { status: 500, meaning: 'a file or folder could not be read' },
  not_recognised: { status: 400, meaning: 'the content of a file is no telemetry that can be framed' },
  broken_compression: { status: 400, meaning: 'a compressed file is truncated or damaged' },
  broken_evtx: { status: 400, meaning: 'part of an event log file is damaged' },
  too_many_files: { status: 400, meaning: 'the paths hold more files than one import takes' },
});
