export { type Accounts, type AccountsOptions, createAccounts, type SignedIn } from './accounts.ts';
export type { Mail, Mailer } from './mailer.ts';
export type { OidcSettings } from './oidc.ts';
export { SignUp } from './sign-up.ts';
