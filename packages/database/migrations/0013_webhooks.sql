CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"webhook_id" uuid NOT NULL,
	"message_id" text NOT NULL,
	"event_id" uuid,
	"position" bigint,
	"event_type" text NOT NULL,
	"status" text NOT NULL,
	"failures" integer NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"attempts" jsonb NOT NULL,
	"is_replay" boolean NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_deliveries_webhook_id_message_id_unique" UNIQUE("webhook_id","message_id"),
	CONSTRAINT "webhook_deliveries_status_check" CHECK ("webhook_deliveries"."status" in ('waiting', 'delivered', 'dead', 'skipped'))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text NOT NULL,
	"event_types" text[] NOT NULL,
	"status" text NOT NULL,
	"paused_reason" text,
	"paused_at" timestamp (3) with time zone,
	"secrets" jsonb NOT NULL,
	"creation_key" text,
	"creation_hash" text,
	"position" bigint NOT NULL,
	"replay_position" bigint,
	"replay_up_to" bigint,
	"wake_at" timestamp (3) with time zone,
	"generation" integer NOT NULL,
	"consecutive_failures" integer NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	"last_delivered_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhooks_user_id_id_unique" UNIQUE("user_id","id"),
	CONSTRAINT "webhooks_user_id_creation_key_unique" UNIQUE("user_id","creation_key"),
	CONSTRAINT "webhooks_status_check" CHECK ("webhooks"."status" in ('active', 'paused')),
	CONSTRAINT "webhooks_paused_reason_check" CHECK ("webhooks"."paused_reason" in ('person', 'gone', 'failing')),
	CONSTRAINT "webhooks_paused_check" CHECK (("webhooks"."status" = 'paused') = ("webhooks"."paused_reason" is not null))
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_user_id_webhook_id_webhooks_user_id_id_fk" FOREIGN KEY ("user_id","webhook_id") REFERENCES "public"."webhooks"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due_index" ON "webhook_deliveries" USING btree ("webhook_id","next_attempt_at") WHERE "webhook_deliveries"."status" = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_updated_at_index" ON "webhook_deliveries" USING btree ("webhook_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "webhooks_wake_at_index" ON "webhooks" USING btree ("wake_at") WHERE "webhooks"."status" = 'active';