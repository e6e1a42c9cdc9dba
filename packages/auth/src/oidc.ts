/** An OpenID Connect provider by which people may sign in. */
export interface OidcSettings {
  /** Its address; what it can do is read from `/.well-known/openid-configuration` below it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What people call it. */
  readonly name: string;
}
