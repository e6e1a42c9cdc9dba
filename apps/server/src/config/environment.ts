import { resolve } from 'node:path';
import { type ModelPrice, priceOf } from '@synap/ai';
import { type FileType, ValidationFailed } from '@synap/domain';
import type { QdrantConnection } from '@synap/search';
import type { S3Settings } from '@synap/storage/s3';
import type { InngestSettings } from '@synap/workflows';
import * as z from 'zod';
import { DEFAULT_DATA_DIRECTORY } from '../data-directory.ts';
import { type AccountsConfiguration, accountSettings, readAccounts } from './accounts.ts';
import { fileLimitsSchema } from './file-limits.ts';
import { dollarsSchema, modelPricesSchema } from './spending.ts';

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
  /** The bucket of an S3-compatible server for the files; `null` is the data directory. */
  readonly s3: S3Configuration | null;
  /** The largest file of some kinds, in bytes; the others keep their default. */
  readonly fileLimits: Partial<Record<FileType, number>>;
  /** The model that analyses captures and writes answers; `null` is the local one. */
  readonly languageModel: LanguageModelConfiguration | null;
  /** The provider's model that embeds; `null` is the local one. */
  readonly embeddingModel: EmbeddingModelConfiguration | null;
  /** The Qdrant that keeps the vectors; `null` is the database. */
  readonly qdrant: QdrantConnection | null;
  /** The provider's model that transcribes recordings; `null` for none. */
  readonly transcriptionModel: TranscriptionModelConfiguration | null;
  /** What each user may spend on a day, in dollars; `null` for no limit. */
  readonly dailyBudgetDollars: number | null;
  /** Where they are not the public ones. */
  readonly modelPrices: Readonly<Record<string, ModelPrice>>;
  /** What each provider bears. */
  readonly providerLimits: { readonly concurrency?: number; readonly requestsPerMinute?: number };
  /** Where workflows run; in this process if left out. */
  readonly inngest?: InngestSettings;
  /** Of the private network: hosts that webhooks may be sent to, by http, too. */
  readonly webhookPrivateHosts: ReadonlySet<string>;
  readonly accounts: AccountsConfiguration;
  readonly logLevel: LogLevel;
}

export interface LanguageModelConfiguration {
  readonly provider: 'anthropic' | 'openai';
  readonly model: string;
  readonly apiKey?: string;
  /** Another server that speaks OpenAI's API. */
  readonly baseUrl?: string;
}

export interface S3Configuration
  extends Required<Pick<S3Settings, 'region' | 'bucket' | 'accessKeyId' | 'secretAccessKey'>> {
  readonly endpoint?: string;
  /** The public address of the endpoint, which links are made with; `null` is the endpoint's own. */
  readonly publicUrl: string | null;
}

export interface EmbeddingModelConfiguration extends Omit<LanguageModelConfiguration, 'provider'> {
  readonly dimensions: number;
}

export type TranscriptionModelConfiguration = Omit<LanguageModelConfiguration, 'provider'>;

/** The models of OpenAI's whose dimensions need not be said. */
const DIMENSIONS: Readonly<Record<string, number>> = { 'text-embedding-3-small': 1536, 'text-embedding-3-large': 3072 };

const DAY_MS = 24 * 60 * 60 * 1000;

const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);
export type LogLevel = z.infer<typeof logLevelSchema>;

const postgresUrlSchema = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'a URL that begins with postgres:// or postgresql://');

const httpUrlSchema = z.url({ protocol: /^https?$/, error: 'a URL that begins with https:// or http://' });

/** As a URL names them: an IPv6 address in brackets. */
const hostsSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== ''),
  )
  .pipe(
    z.array(
      z.string().refine((host) => {
        const url = `http://${host}/`;
        return URL.canParse(url) && new URL(url).hostname === host;
      }, 'hosts without a port, separated by commas, such as localhost,192.168.1.20,[::1]'),
    ),
  );

const environmentSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number('a port number').pipe(z.int().min(0).max(65_535)).default(4000),
  SYNAP_DATA_DIR: z.string().min(1).default(DEFAULT_DATA_DIRECTORY),
  DATABASE_URL: postgresUrlSchema.optional(),
  EVENTS_DATABASE_URL: postgresUrlSchema.optional(),
  SYNAP_SIGNING_KEY: z.string().optional(),
  SYNAP_ARCHIVE_AFTER: z
    .string()
    .regex(/^[1-9]\d{0,4}d$/, 'a number of days such as 365d')
    .optional(),
  SYNAP_FILE_LIMITS: fileLimitsSchema.optional(),
  S3_ENDPOINT: httpUrlSchema.optional(),
  S3_REGION: z.string().min(1).default('auto'),
  S3_BUCKET: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'the name of a bucket: 3 to 63 lower-case letters, digits, dots and dashes',
    )
    .optional(),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  S3_PUBLIC_URL: httpUrlSchema.optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_MODEL: z.string().min(1).default('claude-haiku-4-5'),
  ANTHROPIC_BASE_URL: httpUrlSchema.optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: httpUrlSchema.optional(),
  OPENAI_MODEL: z.string().min(1).optional(),
  EMBEDDING_MODEL: z.string().min(1).optional(),
  TRANSCRIPTION_MODEL: z.string().min(1).optional(),
  EMBEDDING_DIMENSIONS: z.coerce.number('a number').pipe(z.int().min(1).max(4000)).optional(),
  QDRANT_URL: httpUrlSchema.optional(),
  QDRANT_API_KEY: z.string().min(1).optional(),
  SYNAP_DAILY_BUDGET: dollarsSchema.optional(),
  SYNAP_MODEL_PRICES: modelPricesSchema.optional(),
  SYNAP_PROVIDER_CONCURRENCY: z.coerce.number('a number').pipe(z.int().min(1).max(1000)).optional(),
  SYNAP_PROVIDER_REQUESTS_PER_MINUTE: z.coerce.number('a number').pipe(z.int().min(1).max(100_000)).optional(),
  INNGEST_EVENT_KEY: z.string().min(1).optional(),
  INNGEST_SIGNING_KEY: z
    .string()
    .regex(/^(signkey-\w+-)?([0-9a-f]{2})+$/i, 'a signing key such as signkey-prod-… with hexadecimal digits')
    .optional(),
  INNGEST_BASE_URL: httpUrlSchema.optional(),
  INNGEST_DEV: z
    .union([z.enum(['0', '1', 'true', 'false']), httpUrlSchema], '1, 0 or the URL of a development server')
    .optional(),
  INNGEST_SERVE_ORIGIN: httpUrlSchema.optional(),
  SYNAP_WEBHOOK_PRIVATE_HOSTS: hostsSchema.optional(),
  ...accountSettings,
  LOG_LEVEL: logLevelSchema.default('info'),
});

type Settings = z.infer<typeof environmentSchema>;

/** Settings of the interface that this version does not know yet: set, they must not be passed over in silence. */
const NOT_YET = ['OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

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
    throw new ValidationFailed(parsed.error.issues.map(({ path, message }) => ({ field: String(path[0]), message })));
  }
  const {
    HOST,
    PORT,
    SYNAP_DATA_DIR,
    DATABASE_URL,
    EVENTS_DATABASE_URL,
    QDRANT_URL,
    QDRANT_API_KEY,
    SYNAP_SIGNING_KEY,
    SYNAP_ARCHIVE_AFTER,
    SYNAP_FILE_LIMITS,
    SYNAP_WEBHOOK_PRIVATE_HOSTS,
    LOG_LEVEL,
  } = parsed.data;
  const inngest = readInngest(parsed.data);
  const configuration: Configuration = {
    host: HOST,
    port: PORT,
    dataDirectory: resolve(SYNAP_DATA_DIR),
    databaseUrl: DATABASE_URL ?? null,
    // The same address twice is one database, and one transaction.
    eventsDatabaseUrl: EVENTS_DATABASE_URL === DATABASE_URL ? null : (EVENTS_DATABASE_URL ?? null),
    signingKey: SYNAP_SIGNING_KEY ?? null,
    archiveAfterMs: SYNAP_ARCHIVE_AFTER === undefined ? null : Number.parseInt(SYNAP_ARCHIVE_AFTER, 10) * DAY_MS,
    s3: readS3(parsed.data),
    fileLimits: SYNAP_FILE_LIMITS ?? {},
    languageModel: readLanguageModel(parsed.data),
    embeddingModel: readEmbeddingModel(parsed.data),
    qdrant: QDRANT_URL === undefined ? null : { url: QDRANT_URL, apiKey: QDRANT_API_KEY ?? null },
    transcriptionModel: readTranscriptionModel(parsed.data),
    ...readSpending(parsed.data),
    ...(inngest === null ? {} : { inngest }),
    webhookPrivateHosts: new Set(SYNAP_WEBHOOK_PRIVATE_HOSTS),
    accounts: readAccounts(parsed.data),
    logLevel: LOG_LEVEL,
  };
  refuseUnpricedModels(configuration);
  return configuration;
}

/** A budget holds only where the price of everything is known. */
function refuseUnpricedModels({ dailyBudgetDollars, modelPrices, ...models }: Configuration): void {
  if (dailyBudgetDollars === null) return;
  for (const used of [models.languageModel, models.embeddingModel, models.transcriptionModel]) {
    if (used === null || priceOf(used.model, modelPrices) !== null) continue;
    const { model } = used;
    const message = `needed with SYNAP_DAILY_BUDGET, since the price of ${model} is not known: such as ${model}=0.25/2, or ${model}=0 if it is free`;
    throw new ValidationFailed([{ field: 'SYNAP_MODEL_PRICES', message }]);
  }
}

/** Nothing of it, or all that is needed: half of it would put files where nobody expects them. */
function readS3(settings: Settings): S3Configuration | null {
  const { S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_PUBLIC_URL } = settings;
  const needed = { S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY };
  const given = [S3_ENDPOINT, S3_PUBLIC_URL, ...Object.values(needed)].filter((value) => value !== undefined);
  if (given.length === 0) return null;
  const message = 'needed as soon as any other S3 setting is set; without any of them, files lie in the data directory';
  if (S3_BUCKET === undefined || S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined) {
    const missing = Object.entries(needed).filter(([, value]) => value === undefined);
    throw new ValidationFailed(missing.map(([field]) => ({ field, message })));
  }
  return {
    ...(S3_ENDPOINT === undefined ? {} : { endpoint: S3_ENDPOINT }),
    region: S3_REGION,
    bucket: S3_BUCKET,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
    publicUrl: S3_PUBLIC_URL ?? null,
  };
}

/** Anthropic's where there is a key for it; else one of OpenAI's, or of a server like it, once it is named. */
function readLanguageModel(settings: Settings): LanguageModelConfiguration | null {
  const { ANTHROPIC_API_KEY, ANTHROPIC_MODEL, ANTHROPIC_BASE_URL } = settings;
  if (ANTHROPIC_API_KEY !== undefined) {
    const baseUrl = ANTHROPIC_BASE_URL === undefined ? {} : { baseUrl: ANTHROPIC_BASE_URL };
    return { provider: 'anthropic', model: ANTHROPIC_MODEL, apiKey: ANTHROPIC_API_KEY, ...baseUrl };
  }
  const { OPENAI_MODEL } = settings;
  if (OPENAI_MODEL === undefined) return null;
  return { provider: 'openai', model: OPENAI_MODEL, ...readOpenAi(settings, 'OPENAI_MODEL') };
}

/** One of OpenAI's, or of a server like it, once it is named: vectors are not changed by a key that is there for more. */
function readEmbeddingModel(settings: Settings): EmbeddingModelConfiguration | null {
  const { EMBEDDING_MODEL: model, EMBEDDING_DIMENSIONS } = settings;
  if (model === undefined) return null;
  const dimensions = EMBEDDING_DIMENSIONS ?? DIMENSIONS[model];
  if (dimensions === undefined) {
    const message = `needed to know how many numbers a vector of ${model} has`;
    throw new ValidationFailed([{ field: 'EMBEDDING_DIMENSIONS', message }]);
  }
  return { model, dimensions, ...readOpenAi(settings, 'EMBEDDING_MODEL') };
}

function readTranscriptionModel(settings: Settings): TranscriptionModelConfiguration | null {
  const { TRANSCRIPTION_MODEL: model } = settings;
  return model === undefined ? null : { model, ...readOpenAi(settings, 'TRANSCRIPTION_MODEL') };
}

function readSpending(
  settings: Settings,
): Pick<Configuration, 'dailyBudgetDollars' | 'modelPrices' | 'providerLimits'> {
  const { SYNAP_DAILY_BUDGET, SYNAP_MODEL_PRICES, SYNAP_PROVIDER_CONCURRENCY, SYNAP_PROVIDER_REQUESTS_PER_MINUTE } =
    settings;
  return {
    dailyBudgetDollars: SYNAP_DAILY_BUDGET ?? null,
    modelPrices: SYNAP_MODEL_PRICES ?? {},
    providerLimits: {
      ...(SYNAP_PROVIDER_CONCURRENCY === undefined ? {} : { concurrency: SYNAP_PROVIDER_CONCURRENCY }),
      ...(SYNAP_PROVIDER_REQUESTS_PER_MINUTE === undefined
        ? {}
        : { requestsPerMinute: SYNAP_PROVIDER_REQUESTS_PER_MINUTE }),
    },
  };
}

/** @throws {ValidationFailed} if a model is named, but neither a key nor a server that needs none. */
function readOpenAi(settings: Settings, field: keyof Settings): Pick<LanguageModelConfiguration, 'apiKey' | 'baseUrl'> {
  const { OPENAI_API_KEY, OPENAI_BASE_URL } = settings;
  if (OPENAI_API_KEY === undefined && OPENAI_BASE_URL === undefined) {
    const message = 'needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs no key';
    throw new ValidationFailed([{ field, message }]);
  }
  return {
    ...(OPENAI_API_KEY === undefined ? {} : { apiKey: OPENAI_API_KEY }),
    ...(OPENAI_BASE_URL === undefined ? {} : { baseUrl: OPENAI_BASE_URL }),
  };
}

/** Both keys, or development, in which nothing is signed: with half of it anybody could run workflows. */
function readInngest(settings: Settings): InngestSettings | null {
  const { INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY, INNGEST_BASE_URL, INNGEST_DEV, INNGEST_SERVE_ORIGIN } = settings;
  const isDev = INNGEST_DEV !== undefined && INNGEST_DEV !== '0' && INNGEST_DEV !== 'false';
  const keys = { INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY };
  const given = [INNGEST_BASE_URL, ...Object.values(keys)].filter((value) => value !== undefined);
  if (given.length === 0 && !isDev) return null;
  const missing = Object.entries(keys).filter(([, value]) => value === undefined);
  if (!isDev && missing.length > 0) {
    const message = 'needed as soon as any other Inngest setting is set, but with a development server (INNGEST_DEV=1)';
    throw new ValidationFailed(missing.map(([field]) => ({ field, message })));
  }
  const baseUrl = INNGEST_BASE_URL ?? (INNGEST_DEV?.startsWith('http') ? INNGEST_DEV : undefined);
  return {
    isDev,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(INNGEST_EVENT_KEY === undefined ? {} : { eventKey: INNGEST_EVENT_KEY }),
    ...(INNGEST_SIGNING_KEY === undefined ? {} : { signingKey: INNGEST_SIGNING_KEY }),
    ...(INNGEST_SERVE_ORIGIN === undefined ? {} : { serveOrigin: INNGEST_SERVE_ORIGIN }),
  };
}

/** A sentence for each variable that is set and does nothing: none is passed over in silence. */
export function settingsWithoutEffect(environment: Readonly<Record<string, string | undefined>>): string[] {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  const isUsed = ['OPENAI_MODEL', 'EMBEDDING_MODEL', 'TRANSCRIPTION_MODEL'].some(isSet);
  return [
    ...NOT_YET.filter(isSet).map(
      (name) => `${name} is set, but this version of Synap cannot use it yet; the embedded part is used instead`,
    ),
    ...['OPENAI_API_KEY', 'OPENAI_BASE_URL']
      .filter((name) => isSet(name) && !isUsed)
      .map(
        (name) =>
          `${name} is set, but nothing uses it; name a model with OPENAI_MODEL, EMBEDDING_MODEL or TRANSCRIPTION_MODEL`,
      ),
  ];
}
