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
-- Compares and sets the version of one stream of `append_events`.
CREATE FUNCTION move_stream(p_stream jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  stream_id uuid := p_stream->>'aggregateId';
  stream_user uuid := p_stream->>'userId';
  expected_version integer := p_stream->>'expectedVersion';
  new_version integer := expected_version + jsonb_array_length(p_stream->'events');
  new_digest bytea := decode(p_stream->>'digest', 'hex');
BEGIN
  IF EXISTS (SELECT FROM erasures WHERE user_hash = sha256(uuid_send(stream_user))) THEN
    RAISE EXCEPTION 'this account was erased' USING ERRCODE = 'SY003';
  END IF;
  IF expected_version = 0 THEN
    INSERT INTO aggregates (id, user_id, type, version, digest)
    VALUES (stream_id, stream_user, p_stream->>'aggregateType', new_version, new_digest)
    ON CONFLICT DO NOTHING;
  ELSE
    UPDATE aggregates SET version = new_version, digest = new_digest
    WHERE id = stream_id AND user_id = stream_user AND version = expected_version;
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the stream is not at the expected version' USING ERRCODE = 'SY001', DETAIL = jsonb_build_object(
      'aggregateId', stream_id, 'expectedVersion', expected_version,
      'currentVersion', coalesce((SELECT version FROM aggregates WHERE id = stream_id AND user_id = stream_user), 0)
    )::text;
  END IF;
END
$$;
--> statement-breakpoint
DROP FUNCTION IF EXISTS append_events(uuid, uuid, text, integer, bytea, uuid, text, jsonb);
--> statement-breakpoint
-- Appends events to any number of streams, all or none, and gives their positions in the order in which they came.
--
-- p_key      null, or {userId, key, requestHash, answer, createdAt}: the request's answer, kept under its key. A key
--            that is there already fails with SQLSTATE SY002, after waiting for the transaction that took it to end.
-- p_streams  [{userId, aggregateId, aggregateType, expectedVersion, digest, events: [{id, timestamp, type, data,
--            metadata, causationId, correlationId, source, schemaVersion, digest}]}], each stream once. Expected
--            version 0 is a new stream. One that is not at its expected version fails with SQLSTATE SY001, and
--            losers draw no position. Events of someone who was erased fail with SQLSTATE SY003.
--
-- It runs with the rights of its owner, so that the application's role needs none to write `events` itself.
CREATE FUNCTION append_events(p_key jsonb, p_streams jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  stream jsonb;
  last_position bigint;
  positions bigint[];
BEGIN
  IF p_key <> 'null' THEN
    INSERT INTO idempotency_keys (user_id, key, request_hash, answer, created_at)
    VALUES ((p_key->>'userId')::uuid, p_key->>'key', p_key->>'requestHash', p_key->'answer',
            (p_key->>'createdAt')::timestamptz)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the idempotency key is taken' USING ERRCODE = 'SY002';
    END IF;
  END IF;

  -- Statements with plain values, one for each stream: for the one stream of most writes they take half the time of one
  -- statement over all. In one order for everybody, so that two that write the same streams do not wait on each other.
  IF jsonb_array_length(p_streams) = 1 THEN
    PERFORM move_stream(p_streams->0);
  ELSE
    FOR stream IN SELECT value FROM jsonb_array_elements(p_streams) ORDER BY value->>'aggregateId' LOOP
      PERFORM move_stream(stream);
    END LOOP;
  END IF;
  IF jsonb_array_length(p_streams) = 0 THEN
    RETURN '{}';
  END IF;

  -- Once per transaction, or an import of many streams would fill the lock table. The setting ends with the transaction.
  IF coalesce(current_setting('synap.holds_position_lock', true), '') <> 'yes' THEN
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END INTO last_position FROM event_positions;
    PERFORM pg_advisory_xact_lock_shared((event_position_lock_tag() << 48) | last_position);
    PERFORM set_config('synap.holds_position_lock', 'yes', true);
  END IF;

  WITH appended AS (
    INSERT INTO events (
      position, id, timestamp, aggregate_id, aggregate_type, event_type, user_id, data, metadata, version,
      causation_id, correlation_id, source, schema_version, digest
    )
    SELECT
      nextval('event_positions'), (event->>'id')::uuid, (event->>'timestamp')::timestamptz,
      (entry->>'aggregateId')::uuid, entry->>'aggregateType', event->>'type', (entry->>'userId')::uuid,
      event->'data', event->'metadata', (entry->>'expectedVersion')::integer + event_number::integer,
      (event->>'causationId')::uuid, (event->>'correlationId')::uuid, event->>'source',
      (event->>'schemaVersion')::smallint, decode(event->>'digest', 'hex')
    FROM jsonb_array_elements(p_streams) WITH ORDINALITY AS entries (entry, entry_number),
         jsonb_array_elements(entry->'events') WITH ORDINALITY AS numbered (event, event_number)
    ORDER BY entry_number, event_number
    RETURNING id, position
  ), keyed AS (
    INSERT INTO event_keys (id, position) SELECT id, position FROM appended
  )
  SELECT array_agg(position ORDER BY position) INTO positions FROM appended;
  RETURN positions;
END
$$;
