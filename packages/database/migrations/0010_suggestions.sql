CREATE TABLE "suggestions" (
	"id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"suggested" jsonb NOT NULL,
	"confidence" double precision NOT NULL,
	"model" text NOT NULL,
	"checksum" text NOT NULL,
	"because" text NOT NULL,
	"status" text NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "suggestions_entity_id_id_pk" PRIMARY KEY("entity_id","id"),
	CONSTRAINT "suggestions_status_check" CHECK ("suggestions"."status" in ('open', 'accepted', 'declined', 'superseded', 'withdrawn'))
);
--> statement-breakpoint
CREATE TABLE "given_answers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"shingles" bigint[] NOT NULL,
	"given_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rerun_items" (
	"rerun_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"checksum" text,
	"analysis" jsonb,
	"error" text,
	"applied_at" timestamp (3) with time zone,
	CONSTRAINT "rerun_items_rerun_id_entity_id_pk" PRIMARY KEY("rerun_id","entity_id")
);
--> statement-breakpoint
CREATE TABLE "reruns" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"analyzer" text,
	"since" timestamp (3) with time zone,
	"status" text NOT NULL,
	"total_things" integer NOT NULL,
	"error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "reruns_status_check" CHECK ("reruns"."status" in ('analysing', 'ready', 'applying', 'applied', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "suggestions" ADD CONSTRAINT "suggestions_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "given_answers" ADD CONSTRAINT "given_answers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rerun_items" ADD CONSTRAINT "rerun_items_rerun_id_reruns_id_fk" FOREIGN KEY ("rerun_id") REFERENCES "public"."reruns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rerun_items" ADD CONSTRAINT "rerun_items_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reruns" ADD CONSTRAINT "reruns_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "suggestions_user_id_id_index" ON "suggestions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "suggestions_user_id_status_index" ON "suggestions" USING btree ("user_id","status","id");--> statement-breakpoint
CREATE INDEX "given_answers_user_id_given_at_index" ON "given_answers" USING btree ("user_id","given_at");
--> statement-breakpoint
-- A rebuild that was ended before this has no table for suggestions; the next one begins anew.
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
--              completed_at} or null, tags: [text], suggestions: [{id, suggested, confidence, model, checksum, because,
--              status, made_at}]}]
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
        entity_id, user_id, status, priority, due_date, due_time, due_timezone, recurrence, completed_at
      )
      SELECT
        state.id, state.user_id, task.status, task.priority, task.due_date, task.due_time, task.due_timezone,
        task.recurrence, task.completed_at
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, task jsonb),
        jsonb_to_record(state.task) AS task (
          status text, priority smallint, due_date date, due_time text, due_timezone text, recurrence text,
          completed_at timestamptz
        )
      WHERE jsonb_typeof(state.task) = 'object' AND state.id = ANY (saved)
      ON CONFLICT (entity_id) DO UPDATE SET
        status = excluded.status, priority = excluded.priority, due_date = excluded.due_date,
        due_time = excluded.due_time, due_timezone = excluded.due_timezone, recurrence = excluded.recurrence,
        completed_at = excluded.completed_at;
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
