import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID provider on this machine, at which everybody is the same person and nobody is asked. */
export interface OpenIdProvider {
  readonly issuer: string;
  close(): Promise<void>;
}

const CODE = 'a-code';

/** Speaks OpenID Connect Core 1.0 with discovery, by the authorization code flow with PKCE. */
export async function startOpenIdProvider(person: {
  sub: string;
  email: string;
  name: string;
}): Promise<OpenIdProvider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'RS256', use: 'sig' };
  const claims = { ...person, email_verified: true };
  let asked = { clientId: '', nonce: null as string | null };
  let issuer = '';
  const idToken = () =>
    new SignJWT({ ...claims, ...(asked.nonce === null ? {} : { nonce: asked.nonce }) })
      .setProtectedHeader({ alg: 'RS256', kid: 'key' })
      .setIssuer(issuer)
      .setAudience(asked.clientId)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  const answers: Record<string, (url: URL) => Promise<object> | object> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    }),
    '/jwks': () => ({ keys: [jwk] }),
    '/token': async () => ({
      access_token: 'an-access-token',
      token_type: 'Bearer',
      expires_in: 300,
      id_token: await idToken(),
    }),
    '/userinfo': () => claims,
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/authorize') {
      asked = { clientId: url.searchParams.get('client_id') ?? '', nonce: url.searchParams.get('nonce') };
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', CODE);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    const answer = answers[url.pathname];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer === undefined ? '{}' : JSON.stringify(await answer(url)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
