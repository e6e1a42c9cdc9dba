-- The tables of the event log. They have their own migrations because the log may lie in a database of its own
-- (EVENTS_DATABASE_URL), and because its storage differs by what that database offers:
--
--   plain PostgreSQL    `events` is partitioned by month, as below
--   TimescaleDB         `initTimescale` turns it into a hypertable at the start
--
-- Where `events` is cut by time, a unique index on it must contain the time and so guarantees nothing. What is unique
-- is kept elsewhere: (aggregate, version) by the compare-and-set on `aggregates`, event ids by `event_keys`.

CREATE SEQUENCE IF NOT EXISTS event_positions CACHE 1;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS aggregates (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  type text NOT NULL,
  version integer NOT NULL,
  digest bytea NOT NULL,
  CONSTRAINT aggregates_user_id_id_unique UNIQUE (user_id, id)
);
--> statement-breakpoint
-- How many of the stream's first events lie in archive segments instead of in `events`. Room is left on the pages, so
-- that the update of each append stays on its page and touches no index.
ALTER TABLE aggregates ADD COLUMN archived_version integer NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE aggregates SET (fillfactor = 70);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS idempotency_keys (
  user_id uuid NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  answer json,
  created_at timestamp (3) with time zone NOT NULL,
  CONSTRAINT idempotency_keys_user_id_key_pk PRIMARY KEY (user_id, key)
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS idempotency_keys_created_at_index ON idempotency_keys (created_at);
--> statement-breakpoint
CREATE TABLE event_keys (
  id uuid PRIMARY KEY,
  position bigint NOT NULL
);
--> statement-breakpoint
-- Every part of the log that lies in the file store instead of in `events`: one user's events of one stretch of time.
CREATE TABLE archive_segments (
  path text PRIMARY KEY,
  user_id uuid NOT NULL,
  from_time timestamp (3) with time zone NOT NULL,
  to_time timestamp (3) with time zone NOT NULL,
  min_position bigint NOT NULL,
  max_position bigint NOT NULL,
  event_count integer NOT NULL,
  size_bytes bigint NOT NULL,
  checksum text NOT NULL
);
--> statement-breakpoint
CREATE INDEX archive_segments_user_id_index ON archive_segments (user_id, min_position);
--> statement-breakpoint
-- Who was erased, as a hash of their id: nothing is ever written for them again, and a checkpoint that still counts
-- their streams can be explained.
CREATE TABLE erasures (
  user_hash bytea PRIMARY KEY,
  erased_at timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('events') IS NOT NULL THEN
    ALTER TABLE events RENAME TO events_unpartitioned;
    DROP INDEX events_user_id_position_index, events_user_id_correlation_id_index;
  END IF;
END
$$;
--> statement-breakpoint
CREATE TABLE events (
  position bigint NOT NULL,
  id uuid NOT NULL,
  timestamp timestamp (3) with time zone NOT NULL,
  aggregate_id uuid NOT NULL,
  aggregate_type text NOT NULL,
  event_type text NOT NULL,
  user_id uuid NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  version integer NOT NULL,
  causation_id uuid,
  correlation_id uuid NOT NULL,
  source text NOT NULL,
  schema_version smallint NOT NULL,
  digest bytea NOT NULL
) PARTITION BY RANGE (timestamp);
--> statement-breakpoint
CREATE INDEX events_position_index ON events (position);
--> statement-breakpoint
CREATE INDEX events_aggregate_id_version_index ON events (aggregate_id, version);
--> statement-breakpoint
CREATE INDEX events_user_id_position_index ON events (user_id, position);
--> statement-breakpoint
CREATE INDEX events_user_id_timestamp_index ON events (user_id, timestamp);
--> statement-breakpoint
CREATE INDEX events_user_id_correlation_id_index ON events (user_id, correlation_id);
--> statement-breakpoint
-- Rows are changed and removed by erasure, purge and archive only, each in a transaction that says so. A trigger for
-- each row is passed on to every partition and chunk; one for each statement would not be.
CREATE OR REPLACE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('synap.log_upkeep', true), '') <> 'yes' THEN
    RAISE EXCEPTION 'events are append-only: % is refused', tg_op USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN tg_op = 'DELETE' THEN old ELSE new END;
END
$$;
--> statement-breakpoint
CREATE FUNCTION refuse_event_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only: % is refused', tg_op USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
--> statement-breakpoint
CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_truncation();
--> statement-breakpoint
-- What the months at hand do not take (a clock that is far off) falls in here, so that no write ever fails for want of
-- a partition.
CREATE TABLE events_default PARTITION OF events DEFAULT;
--> statement-breakpoint
CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events_default
FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_truncation();
--> statement-breakpoint
-- Makes the partitions of the months from one instant to another that are not there yet, and moves into them what has
-- fallen into the default partition meanwhile. Gives how many were made.
CREATE FUNCTION ensure_event_partitions(p_from timestamptz, p_to timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', p_from AT TIME ZONE 'UTC');
  name text;
  starts timestamptz;
  ends timestamptz;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(7355608101);
  WHILE month <= p_to AT TIME ZONE 'UTC' LOOP
    name := 'events_' || to_char(month, 'YYYY_MM');
    starts := month AT TIME ZONE 'UTC';
    ends := (month + interval '1 month') AT TIME ZONE 'UTC';
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS)', name);
      -- Writers wait for the moment between the move and the attachment.
      LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE;
      PERFORM set_config('synap.log_upkeep', 'yes', true);
      EXECUTE format(
        'WITH moved AS (DELETE FROM events_default WHERE timestamp >= %L AND timestamp < %L RETURNING *)
         INSERT INTO %I SELECT * FROM moved', starts, ends, name);
      PERFORM set_config('synap.log_upkeep', '', true);
      EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, starts, ends);
      EXECUTE format(
        'CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON %I
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_truncation()', name);
      made := made + 1;
    END IF;
    month := month + interval '1 month';
  END LOOP;
  RETURN made;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  IF to_regclass('events_unpartitioned') IS NOT NULL THEN
    PERFORM ensure_event_partitions(min(timestamp), max(timestamp)) FROM events_unpartitioned;
    INSERT INTO events SELECT * FROM events_unpartitioned;
    INSERT INTO event_keys SELECT id, position FROM events_unpartitioned;
    DROP TABLE events_unpartitioned;
  END IF;
END
$$;
