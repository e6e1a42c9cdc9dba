-- The one way into the log, and the order in which it can be read.
--
-- Positions are drawn from a sequence, and a sequence's numbers become visible out of order: a transaction that drew 7
-- may commit after one that drew 8, and a reader that has seen 8 would never see 7. So every append, after its
-- compare-and-set has locked its streams' rows, takes a shared advisory lock whose key holds the sequence's last value
-- and only then draws its positions, which are all greater. A reader asks `event_watermark()`: the smallest key held,
-- or the last value where none is. Every position up to it is settled: committed and visible, or never to come.
-- The reader must read events in a new statement after that, so that its snapshot is younger than the watermark.
--
-- The lock's key is 16 bits of tag and 48 bits of position; locks of others in this database are told apart by the tag.

CREATE OR REPLACE FUNCTION event_position_lock_tag() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 21337::bigint $$;
--> statement-breakpoint
-- The greatest position up to which the log is settled. Reads the sequence first, then the locks: see above.
CREATE OR REPLACE FUNCTION event_watermark() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
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
-- Whether appends are under way that began to look at things when the sequence stood at a position, or before. Ask after
-- a commit that appends must heed, with the sequence's last value as it is then: once it says no, all of them have seen
-- it or have ended.
CREATE FUNCTION has_appends_under_way(p_position bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint >> 16) = event_position_lock_tag()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1) <= p_position
  )
$$;
--> statement-breakpoint
-- Compares and sets the versions of streams, all or none: see `append_events`. Rows are locked in one order for
-- everybody, so that two that write the same streams do not wait on each other.
CREATE FUNCTION move_streams(p_streams jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moved integer;
  begun integer;
  loser record;
BEGIN
  PERFORM FROM aggregates
  WHERE id IN (
    SELECT id FROM jsonb_to_recordset(p_streams) AS stream (id uuid, "expectedVersion" integer)
    WHERE "expectedVersion" > 0
  )
  ORDER BY id FOR NO KEY UPDATE;

  UPDATE aggregates SET version = stream."newVersion", digest = decode(stream.digest, 'hex')
  FROM jsonb_to_recordset(p_streams) AS stream (
    id uuid, "userId" uuid, "expectedVersion" integer, "newVersion" integer, digest text
  )
  WHERE aggregates.id = stream.id AND aggregates.user_id = stream."userId"
    AND aggregates.version = stream."expectedVersion";
  GET DIAGNOSTICS moved = ROW_COUNT;

  INSERT INTO aggregates (id, user_id, type, version, digest)
  SELECT id, "userId", type, "newVersion", decode(digest, 'hex')
  FROM jsonb_to_recordset(p_streams) AS stream (
    id uuid, "userId" uuid, type text, "expectedVersion" integer, "newVersion" integer, digest text
  )
  WHERE "expectedVersion" = 0
  ORDER BY id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS begun = ROW_COUNT;

  IF moved + begun < jsonb_array_length(p_streams) THEN
    -- A digest is unlike any other: a stream that has not the new one was not moved.
    SELECT stream.id, stream."expectedVersion" AS expected, coalesce(present.version, 0) AS current INTO loser
    FROM jsonb_to_recordset(p_streams) AS stream (id uuid, "userId" uuid, "expectedVersion" integer, digest text)
    LEFT JOIN aggregates AS present ON present.id = stream.id AND present.user_id = stream."userId"
    WHERE present.digest IS DISTINCT FROM decode(stream.digest, 'hex')
    ORDER BY stream.id LIMIT 1;
    RAISE EXCEPTION 'a stream is not at the expected version' USING ERRCODE = 'SY001', DETAIL = jsonb_build_object(
      'aggregateId', loser.id, 'expectedVersion', loser.expected, 'currentVersion', loser.current
    )::text;
  END IF;
END
$$;
--> statement-breakpoint
DROP FUNCTION IF EXISTS append_events(uuid, uuid, text, integer, bytea, uuid, text, jsonb);
--> statement-breakpoint
-- Appends events to any number of streams, all or none, and gives their positions in the order in which they came.
--
-- p_answers  [{userId, key, requestHash, answer, createdAt}]: the answers of requests, kept under their keys. A key that
--            is there already fails with SQLSTATE SY002, after waiting for the transaction that took it to end.
-- p_streams  [{id, userId, type, expectedVersion, newVersion, digest}], each stream once. Expected version 0 is a new
--            stream. One that is not at its expected version fails with SQLSTATE SY001, and losers draw no position.
--            Events of someone who was erased fail with SQLSTATE SY003.
-- p_events   [{id, timestamp, aggregateId, aggregateType, type, userId, data, metadata, version, causationId,
--            correlationId, source, schemaVersion, digest}], in the order in which they are to lie.
--
-- It runs with the rights of its owner, so that the application's role needs none to write `events` itself.
CREATE FUNCTION append_events(p_answers jsonb, p_streams jsonb, p_events jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  kept integer;
  last_position bigint;
  positions bigint[];
BEGIN
  IF jsonb_array_length(p_answers) > 0 THEN
    INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
    SELECT "userId", key, "requestHash", answer, "createdAt"
    FROM jsonb_to_recordset(p_answers) AS answer (
      "userId" uuid, key text, "requestHash" text, answer json, "createdAt" timestamptz
    )
    ORDER BY "userId", key
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept < jsonb_array_length(p_answers) THEN
      RAISE EXCEPTION 'the idempotency key is taken' USING ERRCODE = 'SY002';
    END IF;
  END IF;
  IF jsonb_array_length(p_streams) = 0 THEN
    RETURN '{}';
  END IF;
  PERFORM move_streams(p_streams);

  -- Once per transaction, or an import of many streams would fill the lock table. The setting ends with the transaction.
  IF coalesce(current_setting('synap.holds_position_lock', true), '') <> 'yes' THEN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last_position FROM event_positions;
    PERFORM pg_advisory_xact_lock_shared((event_position_lock_tag() << 48) | last_position);
    PERFORM set_config('synap.holds_position_lock', 'yes', true);
  END IF;

  -- Under the lock: whoever erases somebody then waits for the appends that may not have seen it, see
  -- `has_appends_under_way`.
  IF EXISTS (SELECT FROM erasures) AND EXISTS (
    SELECT FROM jsonb_to_recordset(p_streams) AS stream ("userId" uuid)
    JOIN erasures ON user_hash = sha256(uuid_send("userId"))
  ) THEN
    RAISE EXCEPTION 'this account was erased' USING ERRCODE = 'SY003';
  END IF;

  WITH appended AS (
    INSERT INTO events (
      position, id, timestamp, aggregate_id, aggregate_type, event_type, user_id, data, metadata, version,
      causation_id, correlation_id, source, schema_version, digest
    )
    SELECT
      nextval('event_positions'), id, timestamp, "aggregateId", "aggregateType", type, "userId", data, metadata,
      version, "causationId", "correlationId", source, "schemaVersion", decode(digest, 'hex')
    FROM ROWS FROM (
      jsonb_to_recordset(p_events) AS (
        id uuid, timestamp timestamptz, "aggregateId" uuid, "aggregateType" text, type text, "userId" uuid,
        data jsonb, metadata jsonb, version integer, "causationId" uuid, "correlationId" uuid, source text,
        "schemaVersion" smallint, digest text
      )
    ) WITH ORDINALITY
    ORDER BY ordinality
    RETURNING id, position
  ), keyed AS (
    INSERT INTO event_keys (id, position) SELECT id, position FROM appended
  )
  SELECT array_agg(position ORDER BY position) INTO positions FROM appended;
  RETURN positions;
END
$$;
