import { resolve } from 'node:path';
import { ValidationFailed } from '@synap/domain';
import * as z from 'zod';

/** What can be set from outside; see docs/configuration.md. */
export interface Configuration {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly dataDirectory: string;
  /** `null` is the embedded database. */
  readonly databaseUrl: string | null;
  /** `null` is where the state lies. */
  readonly eventsDatabaseUrl: string | null;
  /** The private key for checkpoints; `null` is the one in the data directory. */
  readonly signingKey: string | null;
  /** How old events are when they go into the archive; `null` is never. */
  readonly archiveAfterMs: number | null;
  readonly logLevel: LogLevel;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);
export type LogLevel = z.infer<typeof logLevelSchema>;

const postgresUrlSchema = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'a URL that begins with postgres:// or postgresql://');

const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number('a port number').pipe(z.int().min(0).max(65_535)).default(4000),
  SYNAP_DATA_DIR: z.string().min(1).default('./.synap'),
  DATABASE_URL: postgresUrlSchema.optional(),
  EVENTS_DATABASE_URL: postgresUrlSchema.optional(),
  SYNAP_SIGNING_KEY: z.string().optional(),
  SYNAP_ARCHIVE_AFTER: z
    .string()
    .regex(/^[1-9]\d{0,4}d$/, 'a number of days such as 365d')
    .optional(),
  LOG_LEVEL: logLevelSchema.default('info'),
});

/** Settings of the interface that this version does not know yet: set, they must not be passed over in silence. */
const NOT_YET = [
  'S3_ENDPOINT',
  'S3_BUCKET',
  'REDIS_URL',
  'QDRANT_URL',
  'INNGEST_EVENT_KEY',
  'INNGEST_SIGNING_KEY',
  'INNGEST_BASE_URL',
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
] as const;

/**
 * The configuration from environment variables; an empty one counts as not set.
 * @throws {ValidationFailed} naming each variable that is wrong, and why.
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    throw new ValidationFailed(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
  }
  const {
    HOST,
    PORT,
    SYNAP_DATA_DIR,
    DATABASE_URL,
    EVENTS_DATABASE_URL,
    SYNAP_SIGNING_KEY,
    SYNAP_ARCHIVE_AFTER,
    LOG_LEVEL,
  } = parsed.data;
  return {
    host: HOST,
    port: PORT,
    dataDirectory: resolve(SYNAP_DATA_DIR),
    databaseUrl: DATABASE_URL ?? null,
    // The same address twice is one database, and one transaction.
    eventsDatabaseUrl: EVENTS_DATABASE_URL === DATABASE_URL ? null : (EVENTS_DATABASE_URL ?? null),
    signingKey: SYNAP_SIGNING_KEY ?? null,
    archiveAfterMs: SYNAP_ARCHIVE_AFTER === undefined ? null : Number.parseInt(SYNAP_ARCHIVE_AFTER, 10) * DAY_MS,
    logLevel: LOG_LEVEL,
  };
}

/** The variables that are set although this version cannot do what they ask for. */
export function settingsWithoutEffect(environment: Readonly<Record<string, string | undefined>>): string[] {
  return NOT_YET.filter((name) => (environment[name] ?? '') !== '');
}
