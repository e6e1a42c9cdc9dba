import { type OidcSettings, SignUp } from '@synap/auth';
import type { QuotaLimits } from '@synap/core';
import { ValidationFailed } from '@synap/domain';
import * as z from 'zod';

/** How people sign in, and what keeps others out. */
export interface AccountsConfiguration {
  /** Signs cookies; `null` is the one in the data directory. */
  readonly secret: string | null;
  /** The origin under which people reach the server; `null` is where it listens. */
  readonly publicOrigin: string | null;
  readonly signUp: SignUp;
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  readonly oidc: OidcSettings | null;
  /** The mail server that letters go out by; `null` prints them. */
  readonly mail: { readonly url: string; readonly from: string } | null;
  /** Where limits are counted for several processes; `null` is in this one. */
  readonly redisUrl: string | null;
  /** Requests in a minute of each key and each session; `null` is no limit. */
  readonly requestsPerMinute: number | null;
  /** How much each user may keep. */
  readonly quota: QuotaLimits;
  /** How many proxies stand in front of the server, each naming where a request came from. */
  readonly proxies: number;
}

const SECRET_MIN_LENGTH = 32;
const DEFAULT_REQUESTS_PER_MINUTE = 1200;

const DEFAULT_QUOTA_ITEMS = 1_000_000;
const BYTES_OF_UNIT: Readonly<Record<string, number>> = { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

function readSize(text: string): number {
  return Number.parseInt(text, 10) * (BYTES_OF_UNIT[text.slice(-2)] ?? 0);
}

const originSchema = z
  .url({ protocol: /^https?$/, error: 'a URL that begins with https:// or http://' })
  .transform((text) => new URL(text))
  .refine(({ pathname, search }) => pathname === '/' && search === '', 'an address without a path')
  .transform(({ origin }) => origin);

const originsSchema = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .pipe(z.array(originSchema));

export const accountSettings = {
  BETTER_AUTH_SECRET: z.string().min(SECRET_MIN_LENGTH, `${SECRET_MIN_LENGTH} characters at least`).optional(),
  BETTER_AUTH_URL: originSchema.optional(),
  SYNAP_SIGNUP: z.enum(SignUp, 'first, open or closed').default(SignUp.first),
  SYNAP_CORS_ORIGINS: originsSchema.optional(),
  OIDC_ISSUER: z.url({ protocol: /^https?$/, error: 'a URL that begins with https:// or http://' }).optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_NAME: z.string().min(1).default('OpenID Connect'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'a URL that begins with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().min(3).optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'a URL that begins with redis:// or rediss://')
    .optional(),
  SYNAP_RATE_LIMIT: z.coerce.number('a number of requests').pipe(z.int().min(0).max(1_000_000)).optional(),
  SYNAP_QUOTA_ITEMS: z.coerce.number('a number of things').pipe(z.int().min(0)).default(DEFAULT_QUOTA_ITEMS),
  SYNAP_QUOTA_BYTES: z
    .string()
    .regex(/^(0|[1-9]\d{0,5}(MB|GB|TB))$/, 'a size such as 50GB, or 0 for no limit')
    .default('100GB')
    .transform(readSize),
  SYNAP_PROXIES: z.coerce.number('a number of proxies').pipe(z.int().min(0).max(10)).default(0),
};

const accountSettingsSchema = z.object(accountSettings);

/** @throws {ValidationFailed} if half of what belongs together is set. */
export function readAccounts(settings: z.infer<typeof accountSettingsSchema>): AccountsConfiguration {
  const { SYNAP_RATE_LIMIT: limit = DEFAULT_REQUESTS_PER_MINUTE } = settings;
  return {
    secret: settings.BETTER_AUTH_SECRET ?? null,
    publicOrigin: settings.BETTER_AUTH_URL ?? null,
    signUp: settings.SYNAP_SIGNUP,
    corsOrigins: settings.SYNAP_CORS_ORIGINS ?? [],
    oidc: readOidc(settings),
    mail: readMail(settings),
    redisUrl: settings.REDIS_URL ?? null,
    requestsPerMinute: limit === 0 ? null : limit,
    quota: {
      items: settings.SYNAP_QUOTA_ITEMS === 0 ? null : settings.SYNAP_QUOTA_ITEMS,
      bytes: settings.SYNAP_QUOTA_BYTES === 0 ? null : settings.SYNAP_QUOTA_BYTES,
    },
    proxies: settings.SYNAP_PROXIES,
  };
}

function readOidc(settings: z.infer<typeof accountSettingsSchema>): OidcSettings | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_NAME: name } = settings;
  if (OIDC_ISSUER === undefined && OIDC_CLIENT_ID === undefined && OIDC_CLIENT_SECRET === undefined) return null;
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined || OIDC_CLIENT_SECRET === undefined) {
    const missing = Object.entries({ OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET });
    const message = 'needed as soon as any other OIDC setting is set';
    throw new ValidationFailed(
      missing.filter(([, value]) => value === undefined).map(([field]) => ({ field, message })),
    );
  }
  return { issuer: OIDC_ISSUER, clientId: OIDC_CLIENT_ID, clientSecret: OIDC_CLIENT_SECRET, name };
}

function readMail({ SMTP_URL, MAIL_FROM }: z.infer<typeof accountSettingsSchema>): AccountsConfiguration['mail'] {
  if (SMTP_URL === undefined) return null;
  if (MAIL_FROM === undefined) {
    throw new ValidationFailed([{ field: 'MAIL_FROM', message: 'needed with SMTP_URL: whom letters are from' }]);
  }
  return { url: SMTP_URL, from: MAIL_FROM };
}
