import type { StateMigration } from '../state/index.ts';

/** Cases, their alerts with the reason of each, what entities had last, and what was done. Times are whole milliseconds. */
const first = `
CREATE TABLE cases (
  tenant text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  title text NOT NULL,
  status text COLLATE "C" NOT NULL,
  assignee text COLLATE "C",
  alerts integer NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  merged_into text COLLATE "C",
  revision integer NOT NULL,
  history_lines integer NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX cases_in_order ON cases (tenant, last_at, id) WHERE merged_into IS NULL;
CREATE INDEX cases_by_status ON cases (tenant, status, last_at, id) WHERE merged_into IS NULL;

CREATE TABLE case_alerts (
  tenant text COLLATE "C" NOT NULL,
  alert text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" NOT NULL,
  entity_kind text COLLATE "C" NOT NULL,
  entity_value text COLLATE "C" NOT NULL,
  seen timestamptz NOT NULL,
  reason jsonb NOT NULL,
  PRIMARY KEY (tenant, alert)
);
CREATE INDEX case_alerts_of ON case_alerts (tenant, case_id, seen, alert);

CREATE TABLE case_entities (
  tenant text COLLATE "C" NOT NULL,
  entity_kind text COLLATE "C" NOT NULL,
  entity_value text COLLATE "C" NOT NULL,
  alert text COLLATE "C" NOT NULL,
  rule text NOT NULL,
  title text NOT NULL,
  seen timestamptz NOT NULL,
  case_id text COLLATE "C",
  PRIMARY KEY (tenant, entity_kind, entity_value)
);
CREATE INDEX case_entities_of ON case_entities (tenant, case_id) WHERE case_id IS NOT NULL;

CREATE TABLE case_history (
  tenant text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" NOT NULL,
  line integer NOT NULL,
  at timestamptz NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  kind text NOT NULL,
  details jsonb NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (tenant, case_id, line)
);
`;

export const casesMigrations: readonly StateMigration[] = [{ room: 'cases', version: 1, sql: first }];

/** What a rebuild empties. */
export const rebuiltTables: readonly string[] = ['cases', 'case_alerts', 'case_entities', 'case_history'];
