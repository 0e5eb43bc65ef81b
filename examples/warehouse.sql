CREATE SCHEMA IF NOT EXISTS onplana;

-- One row a delivery: the key makes a delivery that comes twice one row.
CREATE TABLE IF NOT EXISTS onplana.staging (
  delivery_id uuid PRIMARY KEY,
  event text NOT NULL,
  occurred_at timestamptz NOT NULL,
  organization_id text NOT NULL,
  project_id text,
  data jsonb NOT NULL,
  processed boolean NOT NULL DEFAULT false,
  received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS staging_waiting ON onplana.staging (occurred_at) WHERE NOT processed;

-- The newest state of every project, task, milestone, comment and member.
CREATE TABLE IF NOT EXISTS onplana.resource (
  kind text NOT NULL,
  id text NOT NULL,
  deleted boolean NOT NULL,
  occurred_at timestamptz NOT NULL,
  state jsonb NOT NULL,
  PRIMARY KEY (kind, id)
);
