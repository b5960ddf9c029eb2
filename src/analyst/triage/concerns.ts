/**
 * What in a row of evidence is worth an investigation. Until rules exist there is no severity of our own: a concern
 * is only what a source itself reported, or an act that hides what came before.
 */
export interface Concern {
  readonly name: string;
  /** Columns that must all hold one of the values; an empty list asks for any value. */
  readonly when: readonly { readonly column: string; readonly values: readonly string[] }[];
}

export const concerns: readonly Concern[] = [
  { name: 'a sensor reports a finding', when: [{ column: 'finding_title', values: [] }] },
  // OCSF severity_id: 4 high, 5 critical, 6 fatal.
  { name: 'the source calls it severe', when: [{ column: 'severity_id', values: ['4', '5', '6'] }] },
  // Windows: Security 1102 and System 104 say that an event log was cleared.
  {
    name: 'an event log was cleared',
    when: [
      { column: 'metadata_event_code', values: ['1102', '104'] },
      { column: 'class_uid', values: ['1008'] },
    ],
  },
  // OCSF process activity 3 (open) and 4 (inject): another process was reached into.
  {
    name: 'the credential store was opened',
    when: [
      { column: 'class_uid', values: ['1007'] },
      { column: 'activity_id', values: ['3', '4'] },
      { column: 'process_name', values: ['lsass.exe'] },
    ],
  },
];
