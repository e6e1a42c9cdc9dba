CREATE TABLE "model_usage" (
	"user_id" uuid NOT NULL,
	"day" date NOT NULL,
	"model" text NOT NULL,
	"calls" integer NOT NULL,
	"input_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	"audio_milliseconds" bigint NOT NULL,
	"cost_nanodollars" bigint NOT NULL,
	"unpriced_calls" integer NOT NULL,
	CONSTRAINT "model_usage_user_id_day_model_pk" PRIMARY KEY("user_id","day","model")
);
