-- A rebuild that was begun before has tables of the older shape: it begins anew.
DROP SCHEMA IF EXISTS synap_rebuild CASCADE;--> statement-breakpoint
CREATE TABLE "indexing_failures" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"generation" integer NOT NULL,
	"reason" text NOT NULL,
	"failed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "indexing_failures_entity_id_generation_pk" PRIMARY KEY("entity_id","generation")
);
--> statement-breakpoint
CREATE TABLE "past_vectors" (
	"user_id" uuid NOT NULL,
	"entity_id" uuid NOT NULL,
	"generation" integer NOT NULL,
	"chunk_index" integer NOT NULL,
	"checksum" text NOT NULL,
	"title_digest" text NOT NULL,
	"entity_version" integer NOT NULL,
	"start_offset" integer NOT NULL,
	"end_offset" integer NOT NULL,
	"language" text NOT NULL,
	"embedding" halfvec,
	"lexemes" "tsvector" NOT NULL,
	"title_lexemes" "tsvector",
	CONSTRAINT "past_vectors_pk" PRIMARY KEY("entity_id","generation","checksum","title_digest","chunk_index")
);
--> statement-breakpoint
CREATE TABLE "search_generations" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "search_generations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"model" text NOT NULL,
	"dimensions" integer,
	"recipe" integer NOT NULL,
	"status" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "search_generations_status_check" CHECK ("search_generations"."status" in ('building', 'live', 'retired'))
);
--> statement-breakpoint
DROP INDEX "entity_vectors_user_id_model_index";--> statement-breakpoint
ALTER TABLE "entity_vectors" DROP CONSTRAINT "entity_vectors_entity_id_model_chunk_index_pk";--> statement-breakpoint
-- What is indexed by now answers on as the first generation, of a recipe that is to be replaced: the one model that has
-- the most rows. Its lexemes were made as English, those of titles move to the chunk.
INSERT INTO "search_generations" ("model", "dimensions", "recipe", "status")
SELECT "model", max(vector_dims("embedding")), 0, 'live' FROM "entity_vectors" GROUP BY "model" ORDER BY count(*) DESC LIMIT 1;--> statement-breakpoint
DELETE FROM "entity_vectors" WHERE "model" NOT IN (SELECT "model" FROM "search_generations");--> statement-breakpoint
ALTER TABLE "entity_vectors"
  ADD COLUMN "generation" integer,
  ADD COLUMN "title_digest" text,
  ADD COLUMN "language" text,
  ADD COLUMN "title_lexemes" "tsvector",
  ALTER COLUMN "embedding" SET DATA TYPE halfvec,
  ALTER COLUMN "embedding" DROP NOT NULL;--> statement-breakpoint
UPDATE "entity_vectors" SET
  "generation" = (SELECT "id" FROM "search_generations"),
  "title_digest" = left(md5("entities"."title"), 16),
  "language" = 'english',
  "title_lexemes" = CASE "chunk_index" WHEN 0 THEN "entities"."title_lexemes" END
FROM "entities" WHERE "entities"."id" = "entity_vectors"."entity_id";--> statement-breakpoint
ALTER TABLE "entity_vectors"
  ALTER COLUMN "generation" SET NOT NULL,
  ALTER COLUMN "title_digest" SET NOT NULL,
  ALTER COLUMN "language" SET NOT NULL,
  ADD CONSTRAINT "entity_vectors_entity_id_generation_chunk_index_pk" PRIMARY KEY("entity_id","generation","chunk_index"),
  DROP COLUMN "model";--> statement-breakpoint
ALTER TABLE "entities" DROP COLUMN "title_lexemes";--> statement-breakpoint
ALTER TABLE "indexing_failures" ADD CONSTRAINT "indexing_failures_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "past_vectors" ADD CONSTRAINT "past_vectors_user_id_entity_id_entities_user_id_id_fk" FOREIGN KEY ("user_id","entity_id") REFERENCES "public"."entities"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "indexing_failures_user_id_index" ON "indexing_failures" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "past_vectors_user_id_generation_index" ON "past_vectors" USING btree ("user_id","generation");--> statement-breakpoint
CREATE UNIQUE INDEX "search_generations_live_unique" ON "search_generations" USING btree ("status") WHERE "search_generations"."status" = 'live';--> statement-breakpoint
CREATE UNIQUE INDEX "search_generations_building_unique" ON "search_generations" USING btree ("status") WHERE "search_generations"."status" = 'building';--> statement-breakpoint
CREATE INDEX "entity_vectors_user_id_generation_language_index" ON "entity_vectors" USING btree ("user_id","generation","language");--> statement-breakpoint
CREATE INDEX "entity_vectors_title_lexemes_index" ON "entity_vectors" USING gin ("title_lexemes");
