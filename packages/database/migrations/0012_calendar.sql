CREATE TABLE "calendar_links" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "calendar_links_secret_hash_unique" UNIQUE("secret_hash")
);
--> statement-breakpoint
CREATE TABLE "event_details" (
	"entity_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"start_date" date,
	"start_time" text,
	"end_date" date,
	"end_time" text,
	"timezone" text,
	"place" text
);
--> statement-breakpoint
ALTER TABLE "task_details" ADD COLUMN "remind_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task_details" ADD COLUMN "awaits_reminder" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "calendar_links" ADD CONSTRAINT "calendar_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_details" ADD CONSTRAINT "event_details_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "event_details_user_id_start_date_index" ON "event_details" USING btree ("user_id","start_date");--> statement-breakpoint
CREATE INDEX "task_details_remind_at_index" ON "task_details" USING btree ("remind_at") WHERE "task_details"."awaits_reminder" and "task_details"."status" in ('todo', 'in_progress');
--> statement-breakpoint
-- A rebuild that was ended before this has no table for events of the calendar; the next one begins anew.
DROP SCHEMA IF EXISTS synap_rebuild CASCADE;
--> statement-breakpoint
-- Stores folded states in one statement: an import's as one write, and a single one without a round trip for each table.
-- It says nothing about what events mean. A state never replaces one of a later version, whoever comes first.
--
-- Tables are named without a schema on purpose: a rebuild stores into shadow tables by putting their schema first in the
-- search path.
--
-- p_entities   [{id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version,
--              created_at, updated_at, deleted_at, task: {status, priority, due_date, due_time, due_timezone, recurrence,
--              completed_at, remind_at, awaits_reminder} or null, event: {start_date, start_time, end_date, end_time,
--              timezone, place} or null, tags: [text], suggestions: [{id, suggested, confidence, model, checksum,
--              because, status, made_at}]}]
-- p_relations  [{id, user_id, type, source_id, target_id, version, created_at, deleted_at}]
-- p_read_from  the tables (as OIDs of `entities`) that the states were read from before they were changed. A rebuild puts
--              others in their place: what was folded on rows from before it would bring back whatever was wrong with
--              them, and fails with SQLSTATE SY004.
CREATE OR REPLACE FUNCTION save_states(p_entities jsonb, p_relations jsonb, p_read_from oid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  saved uuid[];
BEGIN
  IF jsonb_array_length(p_entities) > 0 THEN
    WITH stored AS (
      INSERT INTO entities AS present (
        id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version, created_at,
        updated_at, deleted_at
      )
      SELECT
        id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version, created_at,
        updated_at, deleted_at
      FROM jsonb_to_recordset(p_entities) AS state (
        id uuid, user_id uuid, type text, title text, preview text, file_path text, file_size bigint, file_type text,
        checksum text, provenance jsonb, version integer, created_at timestamptz, updated_at timestamptz,
        deleted_at timestamptz
      )
      ORDER BY id
      ON CONFLICT (id) DO UPDATE SET
        type = excluded.type, title = excluded.title, preview = excluded.preview, file_path = excluded.file_path,
        file_size = excluded.file_size, file_type = excluded.file_type, checksum = excluded.checksum,
        provenance = excluded.provenance, version = excluded.version, updated_at = excluded.updated_at,
        deleted_at = excluded.deleted_at
      WHERE present.version < excluded.version
      RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO saved FROM stored;

    -- Most writes are of one thing without tags that is no task: they are spared the statements for these.
    IF jsonb_path_exists(p_entities, '$[*].task ? (@ != null)') THEN
      INSERT INTO task_details (
        entity_id, user_id, status, priority, due_date, due_time, due_timezone, recurrence, completed_at, remind_at,
        awaits_reminder
      )
      SELECT
        state.id, state.user_id, task.status, task.priority, task.due_date, task.due_time, task.due_timezone,
        task.recurrence, task.completed_at, task.remind_at, task.awaits_reminder
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, task jsonb),
        jsonb_to_record(state.task) AS task (
          status text, priority smallint, due_date date, due_time text, due_timezone text, recurrence text,
          completed_at timestamptz, remind_at timestamptz, awaits_reminder boolean
        )
      WHERE jsonb_typeof(state.task) = 'object' AND state.id = ANY (saved)
      ON CONFLICT (entity_id) DO UPDATE SET
        status = excluded.status, priority = excluded.priority, due_date = excluded.due_date,
        due_time = excluded.due_time, due_timezone = excluded.due_timezone, recurrence = excluded.recurrence,
        completed_at = excluded.completed_at, remind_at = excluded.remind_at,
        awaits_reminder = excluded.awaits_reminder;
    END IF;

    IF jsonb_path_exists(p_entities, '$[*].event ? (@ != null)') THEN
      INSERT INTO event_details (
        entity_id, user_id, start_date, start_time, end_date, end_time, timezone, place
      )
      SELECT
        state.id, state.user_id, event.start_date, event.start_time, event.end_date, event.end_time, event.timezone,
        event.place
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, event jsonb),
        jsonb_to_record(state.event) AS event (
          start_date date, start_time text, end_date date, end_time text, timezone text, place text
        )
      WHERE jsonb_typeof(state.event) = 'object' AND state.id = ANY (saved)
      ON CONFLICT (entity_id) DO UPDATE SET
        start_date = excluded.start_date, start_time = excluded.start_time, end_date = excluded.end_date,
        end_time = excluded.end_time, timezone = excluded.timezone, place = excluded.place;
    END IF;

    IF jsonb_path_exists(p_entities, '$[*].provenance.tags') THEN
      INSERT INTO tags (user_id, name, created_at)
      SELECT state.user_id, tag, min(state.updated_at)
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, updated_at timestamptz, tags jsonb),
        jsonb_array_elements_text(state.tags) AS tag
      WHERE state.id = ANY (saved)
      GROUP BY state.user_id, tag
      ORDER BY state.user_id, tag
      ON CONFLICT DO NOTHING;

      DELETE FROM entity_tags
      USING jsonb_to_recordset(p_entities) AS state (id uuid, tags jsonb)
      WHERE entity_tags.entity_id = state.id AND state.id = ANY (saved) AND NOT state.tags ? entity_tags.tag;

      INSERT INTO entity_tags (user_id, entity_id, tag)
      SELECT state.user_id, state.id, tag
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, tags jsonb),
        jsonb_array_elements_text(state.tags) AS tag
      WHERE state.id = ANY (saved)
      ON CONFLICT DO NOTHING;
    END IF;

    -- A suggestion is never taken away again, it only comes to another status.
    IF jsonb_path_exists(p_entities, '$[*].suggestions[0]') THEN
      INSERT INTO suggestions AS present (
        id, user_id, entity_id, suggested, confidence, model, checksum, because, status, made_at
      )
      SELECT
        suggestion.id, state.user_id, state.id, suggestion.suggested, suggestion.confidence, suggestion.model,
        suggestion.checksum, suggestion.because, suggestion.status, suggestion.made_at
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, suggestions jsonb),
        jsonb_to_recordset(state.suggestions) AS suggestion (
          id uuid, suggested jsonb, confidence double precision, model text, checksum text, because text, status text,
          made_at timestamptz
        )
      WHERE state.id = ANY (saved)
      ORDER BY state.id, suggestion.id
      ON CONFLICT (entity_id, id) DO UPDATE SET status = excluded.status
      WHERE present.status <> excluded.status;
    END IF;
  END IF;

  IF jsonb_array_length(p_relations) > 0 THEN
    INSERT INTO relations AS present (id, user_id, type, source_id, target_id, version, created_at, deleted_at)
    SELECT id, user_id, type, source_id, target_id, version, created_at, deleted_at
    FROM jsonb_to_recordset(p_relations) AS state (
      id uuid, user_id uuid, type text, source_id uuid, target_id uuid, version integer, created_at timestamptz,
      deleted_at timestamptz
    )
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at
    WHERE present.version < excluded.version;
  END IF;

  -- Last: by now the tables are locked, and no rebuild can come in between any more.
  IF to_regclass('entities')::oid <> ANY (p_read_from) THEN
    RAISE EXCEPTION 'the rows were rebuilt since they were read' USING ERRCODE = 'SY004';
  END IF;
END
$$;
