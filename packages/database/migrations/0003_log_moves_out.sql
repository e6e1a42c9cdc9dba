-- The log has migrations of its own from here on (`log-migrations`), because it may lie in another database. Its tables
-- stay where they are; only the link between the two goes.
ALTER TABLE "entities" DROP CONSTRAINT "entities_aggregate_foreign_key";--> statement-breakpoint
ALTER TABLE "checkpoints" ADD COLUMN "owner" text;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD COLUMN "leased_until" timestamp (3) with time zone;
