CREATE SEQUENCE "public"."event_positions" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "aggregates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"type" text NOT NULL,
	"version" integer NOT NULL,
	"digest" "bytea" NOT NULL,
	CONSTRAINT "aggregates_user_id_id_unique" UNIQUE("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"subscriber" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entities" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"preview" text NOT NULL,
	"file_url" text GENERATED ALWAYS AS (case when file_path is null then null else '/api/v1/entities/' || id::text || '/content' end) STORED,
	"file_path" text,
	"file_size" bigint,
	"file_type" text,
	"checksum" text,
	"provenance" jsonb NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"title_lexemes" "tsvector" GENERATED ALWAYS AS (to_tsvector('english', title)) STORED,
	CONSTRAINT "entities_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "entities_type_check" CHECK ("entities"."type" in ('note', 'task', 'project', 'page', 'event', 'idea')),
	CONSTRAINT "entities_file_type_check" CHECK ("entities"."file_type" is null or "entities"."file_type" in ('markdown', 'pdf', 'audio', 'video', 'image'))
);
--> statement-breakpoint
CREATE TABLE "entity_tags" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"tag" text NOT NULL,
	CONSTRAINT "entity_tags_entity_id_tag_pk" PRIMARY KEY("entity_id","tag")
);
--> statement-breakpoint
CREATE TABLE "entity_vectors" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"model" text NOT NULL,
	"chunk_index" integer NOT NULL,
	"checksum" text NOT NULL,
	"entity_version" integer NOT NULL,
	"start_offset" integer NOT NULL,
	"end_offset" integer NOT NULL,
	"embedding" vector NOT NULL,
	"lexemes" "tsvector" NOT NULL,
	CONSTRAINT "entity_vectors_entity_id_model_chunk_index_pk" PRIMARY KEY("entity_id","model","chunk_index")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"position" bigint PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"timestamp" timestamp (3) with time zone NOT NULL,
	"aggregate_id" uuid NOT NULL,
	"aggregate_type" text NOT NULL,
	"event_type" text NOT NULL,
	"user_id" uuid NOT NULL,
	"data" jsonb NOT NULL,
	"metadata" jsonb NOT NULL,
	"version" integer NOT NULL,
	"causation_id" uuid,
	"correlation_id" uuid NOT NULL,
	"source" text NOT NULL,
	"schema_version" smallint NOT NULL,
	"digest" "bytea" NOT NULL,
	CONSTRAINT "events_id_unique" UNIQUE("id"),
	CONSTRAINT "events_aggregate_id_version_unique" UNIQUE("aggregate_id","version")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"answer" json,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_key_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "relations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"type" text NOT NULL,
	"source_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "relations_type_check" CHECK ("relations"."type" in ('contains', 'relates_to', 'blocks', 'duplicates', 'mentions', 'derived_from'))
);
--> statement-breakpoint
CREATE TABLE "tags" (
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "tags_user_id_name_pk" PRIMARY KEY("user_id","name")
);
--> statement-breakpoint
CREATE TABLE "task_details" (
	"entity_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"status" text NOT NULL,
	"priority" smallint NOT NULL,
	"due_date" date,
	"due_time" text,
	"due_timezone" text,
	"recurrence" text,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "task_details_status_check" CHECK ("task_details"."status" in ('todo', 'in_progress', 'done', 'cancelled')),
	CONSTRAINT "task_details_priority_check" CHECK ("task_details"."priority" between 0 and 3)
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "entities" ADD CONSTRAINT "entities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities" ADD CONSTRAINT "entities_aggregate_foreign_key" FOREIGN KEY ("user_id","id") REFERENCES "public"."aggregates"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entity_tags" ADD CONSTRAINT "entity_tags_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entity_tags" ADD CONSTRAINT "entity_tags_user_id_tag_tags_user_id_name_fk" FOREIGN KEY ("user_id","tag") REFERENCES "public"."tags"("user_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entity_vectors" ADD CONSTRAINT "entity_vectors_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "relations" ADD CONSTRAINT "relations_source_foreign_key" FOREIGN KEY ("user_id","source_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "relations" ADD CONSTRAINT "relations_target_foreign_key" FOREIGN KEY ("user_id","target_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_details" ADD CONSTRAINT "task_details_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "entities_user_id_updated_at_index" ON "entities" USING btree ("user_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "entities_user_id_type_index" ON "entities" USING btree ("user_id","type","updated_at","id");--> statement-breakpoint
CREATE INDEX "entities_title_lexemes_index" ON "entities" USING gin ("title_lexemes");--> statement-breakpoint
CREATE INDEX "entity_tags_user_id_tag_index" ON "entity_tags" USING btree ("user_id","tag");--> statement-breakpoint
CREATE INDEX "entity_vectors_user_id_model_index" ON "entity_vectors" USING btree ("user_id","model");--> statement-breakpoint
CREATE INDEX "entity_vectors_lexemes_index" ON "entity_vectors" USING gin ("lexemes");--> statement-breakpoint
CREATE INDEX "events_user_id_position_index" ON "events" USING btree ("user_id","position");--> statement-breakpoint
CREATE INDEX "events_user_id_correlation_id_index" ON "events" USING btree ("user_id","correlation_id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at_index" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "relations_live_unique" ON "relations" USING btree ("user_id","type","source_id","target_id") WHERE "relations"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "relations_user_id_target_id_index" ON "relations" USING btree ("user_id","target_id");--> statement-breakpoint
CREATE INDEX "task_details_user_id_status_due_date_index" ON "task_details" USING btree ("user_id","status","due_date");