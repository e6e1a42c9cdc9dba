import { isIP } from 'node:net';
import { drizzleAdapter } from '@better-auth/drizzle-adapter';
import { schema } from '@synap/database';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { createAuthMiddleware, isAPIError } from 'better-auth/api';
import { genericOAuth, twoFactor } from 'better-auth/plugins';
import type { AccountsOptions } from './accounts.ts';
import { letters } from './letters.ts';
import type { OidcSettings } from './oidc.ts';
import { noSessionCache } from './session-cache.ts';
import { admitSignUp } from './sign-up.ts';
import { takingOver } from './taking-over.ts';
import { tellingCache } from './telling-cache.ts';

/** Set by whoever serves: the address that a request came from. What a client says of it itself counts for nothing. */
const CLIENT_ADDRESS_HEADER = 'x-synap-client-address';

const BASE_PATH = '/api/auth';
const COOKIE_PREFIX = 'synap';
const PASSWORD_MIN_LENGTH = 10;

/** Better Auth, as it is used here. */
export async function createAuth(
  options: AccountsOptions,
): Promise<{ handler: (request: Request) => Promise<Response> }> {
  const { database, secret, baseUrl, trustedOrigins, ids, mailer, oidc } = options;
  const origin = new URL(baseUrl()).origin;
  const write = letters(mailer);
  return betterAuth({
    appName: 'Synap',
    baseURL: origin,
    basePath: BASE_PATH,
    secret,
    trustedOrigins: [...trustedOrigins],
    telemetry: { enabled: false },
    database: tellingCache(
      takingOver(drizzleAdapter(database.queries, { provider: 'pg', schema, usePlural: true })),
      options.sessionCache ?? noSessionCache,
    ),
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      database: { generateId: () => ids.next() },
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      // Seen to in front of this, for all cookies alike.
      disableCSRFCheck: true,
    },
    // So are limits, which are shared by several processes.
    rateLimit: { enabled: false },
    // A token that can be read in the database proves nothing.
    verification: { storeIdentifier: 'hashed' },
    user: { additionalFields: { role: { type: 'string', required: false, input: false } } },
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_MIN_LENGTH,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, token }) => write.passwordReset(user.email, { origin, token }),
    },
    account: { encryptOAuthTokens: true },
    plugins: [
      twoFactor({ issuer: 'Synap', otpOptions: { sendOTP: ({ user, otp }) => write.oneTimeCode(user.email, otp) } }),
      ...(await passkeys(origin)),
      ...(oidc === null ? [] : [genericOAuth({ config: [oidcProvider(oidc)] })]),
    ],
    databaseHooks: {
      user: {
        create: {
          before: async (user, context) => {
            const ownerId = await admitSignUp(options, context?.headers);
            return { data: ownerId === null ? user : { ...user, id: ownerId } };
          },
        },
      },
    },
    hooks: {
      before: createAuthMiddleware(async (context) => {
        // Before anything is looked up, so that nobody learns who has an account by trying to make one.
        if (context.path === '/sign-up/email') await admitSignUp(options, context.headers);
      }),
    },
    onAPIError: {
      onError: (error) => {
        // A refusal is an answer.
        if (!isAPIError(error) || error.statusCode >= 500) options.onFailure(error);
      },
    },
    // What it would say may hold addresses and values of the request.
    logger: { disabled: true },
  } satisfies BetterAuthOptions);
}

/** Passkeys belong to a name (WebAuthn, 'relying party identifier'); a server that is reached by its address has none. */
async function passkeys(origin: string) {
  const { hostname } = new URL(origin);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return [];
  const { passkey } = await import('@better-auth/passkey');
  return [passkey({ rpID: hostname, rpName: 'Synap', origin })];
}

function oidcProvider({ issuer, clientId, clientSecret, name }: OidcSettings) {
  return {
    providerId: 'oidc',
    name,
    discoveryUrl: `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    clientId,
    clientSecret,
    scopes: ['openid', 'email', 'profile'],
    pkce: true,
  };
}
