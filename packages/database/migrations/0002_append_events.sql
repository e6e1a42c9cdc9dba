-- The one way into the log, and the order in which it can be read.
--
-- Positions are drawn from a sequence, and a sequence's numbers become visible out of order: a transaction that drew 7
-- may commit after one that drew 8, and a reader that has seen 8 would never see 7. So every append, after its
-- compare-and-set has locked its stream's row, takes a shared advisory lock whose key holds the sequence's last value
-- and only then draws its positions, which are all greater. A reader asks `event_watermark()`: the smallest key held,
-- or the last value where none is. Every position up to it is settled: committed and visible, or never to come.
-- The reader must read events in a new statement after that, so that its snapshot is younger than the watermark.
--
-- The lock's key is 16 bits of tag and 48 bits of position; locks of others in this database are told apart by the tag.

CREATE FUNCTION event_position_lock_tag() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 21337::bigint $$;
--> statement-breakpoint
-- Appends the events of one stream. Returns their positions in version order; no row at all means that the stream is
-- not at the expected version. Expected version 0 is a new stream. Losers draw no position.
CREATE FUNCTION append_events(
  p_user_id uuid,
  p_aggregate_id uuid,
  p_aggregate_type text,
  p_expected_version integer,
  p_head_digest bytea,
  p_correlation_id uuid,
  p_source text,
  p_events jsonb
) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
  last_position bigint;
BEGIN
  IF p_expected_version = 0 THEN
    INSERT INTO aggregates (id, user_id, type, version, digest)
    VALUES (p_aggregate_id, p_user_id, p_aggregate_type, jsonb_array_length(p_events), p_head_digest)
    ON CONFLICT DO NOTHING;
  ELSE
    UPDATE aggregates
    SET version = p_expected_version + jsonb_array_length(p_events), digest = p_head_digest
    WHERE id = p_aggregate_id AND user_id = p_user_id AND version = p_expected_version;
  END IF;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  -- Once per transaction, or an import of many streams would fill the lock table. The setting ends with the transaction.
  IF coalesce(current_setting('synap.holds_position_lock', true), '') <> 'yes' THEN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last_position FROM event_positions;
    PERFORM pg_advisory_xact_lock_shared((event_position_lock_tag() << 48) | last_position);
    PERFORM set_config('synap.holds_position_lock', 'yes', true);
  END IF;

  RETURN QUERY
  INSERT INTO events (
    position, id, timestamp, aggregate_id, aggregate_type, event_type, user_id, data, metadata, version,
    causation_id, correlation_id, source, schema_version, digest
  )
  SELECT
    nextval('event_positions'), (event->>'id')::uuid, (event->>'timestamp')::timestamptz, p_aggregate_id,
    p_aggregate_type, event->>'type', p_user_id, event->'data', event->'metadata',
    p_expected_version + ordinality::integer, (event->>'causationId')::uuid, p_correlation_id, p_source,
    (event->>'schemaVersion')::smallint, decode(event->>'digest', 'hex')
  FROM jsonb_array_elements(p_events) WITH ORDINALITY AS entry (event, ordinality)
  ORDER BY ordinality
  RETURNING events.position;
END
$$;
--> statement-breakpoint
-- The greatest position up to which the log is settled. Reads the sequence first, then the locks: see above.
CREATE FUNCTION event_watermark() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  head bigint;
  held bigint;
BEGIN
  SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO head FROM event_positions;
  SELECT min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1)) INTO held
  FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint >> 16) = event_position_lock_tag()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
  RETURN least(head, coalesce(held, head));
END
$$;
--> statement-breakpoint
CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only: % is refused', tg_op USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change();
