CREATE TABLE "content_links" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"key" text NOT NULL,
	"base_key" text,
	CONSTRAINT "content_links_entity_id_key_pk" PRIMARY KEY("entity_id","key")
);
--> statement-breakpoint
CREATE TABLE "former_titles" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"key" text NOT NULL,
	CONSTRAINT "former_titles_entity_id_key_pk" PRIMARY KEY("entity_id","key")
);
--> statement-breakpoint
CREATE TABLE "user_settings" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"tag_colours" jsonb NOT NULL,
	"version" integer NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "entities" ADD COLUMN "title_key" text DEFAULT '' NOT NULL;--> statement-breakpoint
-- As `titleKey` makes it, in a database that knows all capitals; in others the reading of older content sets it right.
UPDATE "entities" SET "title_key" = left(btrim(regexp_replace(replace(replace(lower(normalize("title", NFC)), 'ς', 'σ'), U&'i\0307', 'i'), '\s+', ' ', 'g')), 500);--> statement-breakpoint
ALTER TABLE "entities" ADD COLUMN "former_titles" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "entities" ADD COLUMN "names" jsonb;--> statement-breakpoint
ALTER TABLE "entity_tags" ADD COLUMN "is_own" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "entity_tags" ADD COLUMN "is_in_content" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "content_links" ADD CONSTRAINT "content_links_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_titles" ADD CONSTRAINT "former_titles_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "content_links_user_id_key_index" ON "content_links" USING btree ("user_id","key");--> statement-breakpoint
CREATE INDEX "content_links_user_id_base_key_index" ON "content_links" USING btree ("user_id","base_key") WHERE "content_links"."base_key" is not null;--> statement-breakpoint
CREATE INDEX "former_titles_user_id_key_index" ON "former_titles" USING btree ("user_id","key");--> statement-breakpoint
CREATE INDEX "entities_unread_index" ON "entities" USING btree ("id") WHERE "entities"."names" is null and "entities"."file_type" = 'markdown';--> statement-breakpoint
CREATE INDEX "entities_user_id_title_key_index" ON "entities" USING btree ("user_id","title_key");--> statement-breakpoint
ALTER TABLE "entity_tags" ADD CONSTRAINT "entity_tags_reason_check" CHECK ("entity_tags"."is_own" or "entity_tags"."is_in_content");--> statement-breakpoint
-- A rebuild that was ended before this has no table for links; the next one begins anew.
DROP SCHEMA IF EXISTS synap_rebuild CASCADE;
--> statement-breakpoint
-- Stores folded states in one statement: an import's as one write, and a single one without a round trip for each table.
-- It says nothing about what events mean. A state never replaces one of a later version, whoever comes first.
--
-- Tables are named without a schema on purpose: a rebuild stores into shadow tables by putting their schema first in the
-- search path.
--
-- p_entities   [{id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version,
--              created_at, updated_at, deleted_at, title_key, former_titles, names, task: {status, priority, due_date,
--              due_time, due_timezone, recurrence, completed_at, remind_at, awaits_reminder} or null, event: {start_date,
--              start_time, end_date, end_time, timezone, place} or null, tags: [text], content_tags: [text],
--              content_links: [{key, base_key}], former_keys: [text], suggestions: [{id, suggested, confidence, model,
--              checksum, because, status, made_at}]}]
-- p_relations  [{id, user_id, type, source_id, target_id, version, created_at, deleted_at}]
-- p_read_from  the tables (as OIDs of `entities`) that the states were read from before they were changed. A rebuild puts
--              others in their place: what was folded on rows from before it would bring back whatever was wrong with
--              them, and fails with SQLSTATE SY004.
CREATE OR REPLACE FUNCTION save_states(p_entities jsonb, p_relations jsonb, p_read_from oid[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  saved uuid[];
  -- Whether anything of it was there before: what is new has no tags, links and former titles to lose.
  has_older boolean;
BEGIN
  IF jsonb_array_length(p_entities) > 0 THEN
    WITH stored AS (
      INSERT INTO entities AS present (
        id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version, created_at,
        updated_at, deleted_at, title_key, former_titles, names
      )
      SELECT
        id, user_id, type, title, preview, file_path, file_size, file_type, checksum, provenance, version, created_at,
        updated_at, deleted_at, title_key, former_titles, nullif(names, 'null')
      FROM jsonb_to_recordset(p_entities) AS state (
        id uuid, user_id uuid, type text, title text, preview text, file_path text, file_size bigint, file_type text,
        checksum text, provenance jsonb, version integer, created_at timestamptz, updated_at timestamptz,
        deleted_at timestamptz, title_key text, former_titles jsonb, names jsonb
      )
      ORDER BY id
      ON CONFLICT (id) DO UPDATE SET
        type = excluded.type, title = excluded.title, preview = excluded.preview, file_path = excluded.file_path,
        file_size = excluded.file_size, file_type = excluded.file_type, checksum = excluded.checksum,
        provenance = excluded.provenance, version = excluded.version, updated_at = excluded.updated_at,
        deleted_at = excluded.deleted_at, title_key = excluded.title_key, former_titles = excluded.former_titles,
        names = excluded.names
      WHERE present.version < excluded.version
      RETURNING id, xmax
    )
    SELECT coalesce(array_agg(id), '{}'), coalesce(bool_or(xmax::text <> '0'), false) INTO saved, has_older FROM stored;

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

    IF jsonb_path_exists(p_entities, '$[*].tags[0]') OR jsonb_path_exists(p_entities, '$[*].content_tags[0]')
      OR (has_older AND EXISTS (SELECT FROM entity_tags WHERE entity_id = ANY (saved)))
    THEN
      INSERT INTO tags (user_id, name, created_at)
      SELECT state.user_id, tag, min(state.updated_at)
      FROM jsonb_to_recordset(p_entities) AS state (
          id uuid, user_id uuid, updated_at timestamptz, tags jsonb, content_tags jsonb
        ),
        jsonb_array_elements_text(state.tags || state.content_tags) AS tag
      WHERE state.id = ANY (saved)
      GROUP BY state.user_id, tag
      ORDER BY state.user_id, tag
      ON CONFLICT DO NOTHING;

      DELETE FROM entity_tags
      USING jsonb_to_recordset(p_entities) AS state (id uuid, tags jsonb, content_tags jsonb)
      WHERE entity_tags.entity_id = state.id AND state.id = ANY (saved)
        AND NOT (state.tags || state.content_tags) ? entity_tags.tag;

      INSERT INTO entity_tags AS present (user_id, entity_id, tag, is_own, is_in_content)
      SELECT DISTINCT state.user_id, state.id, tag, state.tags ? tag, state.content_tags ? tag
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, tags jsonb, content_tags jsonb),
        jsonb_array_elements_text(state.tags || state.content_tags) AS tag
      WHERE state.id = ANY (saved)
      ON CONFLICT (entity_id, tag) DO UPDATE SET is_own = excluded.is_own, is_in_content = excluded.is_in_content
      WHERE (present.is_own, present.is_in_content) <> (excluded.is_own, excluded.is_in_content);
    END IF;

    IF jsonb_path_exists(p_entities, '$[*].content_links[0]')
      OR (has_older AND EXISTS (SELECT FROM content_links WHERE entity_id = ANY (saved)))
    THEN
      DELETE FROM content_links
      USING jsonb_to_recordset(p_entities) AS state (id uuid, content_links jsonb)
      WHERE content_links.entity_id = state.id AND state.id = ANY (saved)
        AND NOT state.content_links @> jsonb_build_array(jsonb_build_object('key', content_links.key));

      INSERT INTO content_links (user_id, entity_id, key, base_key)
      SELECT state.user_id, state.id, link.key, link.base_key
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, content_links jsonb),
        jsonb_to_recordset(state.content_links) AS link (key text, base_key text)
      WHERE state.id = ANY (saved)
      ON CONFLICT DO NOTHING;
    END IF;

    IF jsonb_path_exists(p_entities, '$[*].former_keys[0]')
      OR (has_older AND EXISTS (SELECT FROM former_titles WHERE entity_id = ANY (saved)))
    THEN
      DELETE FROM former_titles
      USING jsonb_to_recordset(p_entities) AS state (id uuid, former_keys jsonb)
      WHERE former_titles.entity_id = state.id AND state.id = ANY (saved)
        AND NOT state.former_keys ? former_titles.key;

      INSERT INTO former_titles (user_id, entity_id, key)
      SELECT state.user_id, state.id, former.key
      FROM jsonb_to_recordset(p_entities) AS state (id uuid, user_id uuid, former_keys jsonb),
        jsonb_array_elements_text(state.former_keys) AS former (key)
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
--> statement-breakpoint
-- Refuses relations that close a circle among those that contain or block, with SQLSTATE SY005: part of the statement that
-- stores them, and after that, so that it sees them. Of two writers who close a circle together neither sees the other's
-- row, so all of one user wait for each other here; each statement within reads what is committed by then.
--
-- p_relations  those that are there from now on: [{user_id, type, source_id, target_id}]
CREATE FUNCTION refuse_cycles(p_relations jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  relation record;
  owner uuid;
BEGIN
  FOR owner IN
    SELECT DISTINCT user_id FROM jsonb_to_recordset(p_relations) AS wanted (user_id uuid) ORDER BY user_id
  LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('relations of ' || owner, 0));
  END LOOP;

  FOR relation IN
    SELECT * FROM jsonb_to_recordset(p_relations) AS wanted (user_id uuid, type text, source_id uuid, target_id uuid)
  LOOP
    IF EXISTS (
      WITH RECURSIVE reached (id) AS (
        SELECT relation.target_id
        UNION
        SELECT relations.target_id
        FROM reached JOIN relations ON relations.source_id = reached.id
        WHERE relations.user_id = relation.user_id AND relations.type = relation.type AND relations.deleted_at IS NULL
      )
      SELECT FROM reached WHERE id = relation.source_id
    ) THEN
      RAISE EXCEPTION 'a circle of relations' USING ERRCODE = 'SY005';
    END IF;
  END LOOP;
END
$$;
--> statement-breakpoint
-- Stores what users have set; a state never replaces one of a later version. As with `save_states`, the table is named
-- without a schema, for rebuilds.
--
-- p_users  [{user_id, tag_colours, version, updated_at}]
CREATE FUNCTION save_user_settings(p_users jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO user_settings AS present (user_id, tag_colours, version, updated_at)
  SELECT user_id, tag_colours, version, updated_at
  FROM jsonb_to_recordset(p_users) AS state (user_id uuid, tag_colours jsonb, version integer, updated_at timestamptz)
  ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET
    tag_colours = excluded.tag_colours, version = excluded.version, updated_at = excluded.updated_at
  WHERE present.version < excluded.version;
END
$$;
