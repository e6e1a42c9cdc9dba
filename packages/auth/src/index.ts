export { type Accounts, type AccountsOptions, createAccounts } from './accounts.ts';
export type { Mail, Mailer } from './mailer.ts';
export type { OidcSettings } from './oidc.ts';
export type { KeptSession, SessionCache } from './session-cache.ts';
export { SignUp } from './sign-up-rules.ts';
