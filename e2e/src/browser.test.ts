import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findChromium, type PageServer, servePage } from './testing/browser.ts';
import { eventually } from './testing/eventually.ts';
import { freePort } from './testing/free-port.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * What only a browser shows: whether pages do what they are made for under the rules that they set themselves, and whether
 * the SDK works where it runs on a page of another origin.
 */

const executablePath = findChromium();

describe.skipIf(executablePath === null)('in Chromium (where it is installed)', { timeout: 60_000 }, () => {
  let server: ServerProcess;
  let pages: PageServer;
  let browser: Browser;
  let page: Page;
  /** What the browser complained of. */
  let complaints: string[];

  beforeAll(async () => {
    pages = await servePage();
    server = await startServer(await newDataDirectory(), { SYNAP_CORS_ORIGINS: pages.origin });
    // Whoever runs tests as root in a container can have no sandbox within it.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await pages?.close();
  });
  beforeEach(async () => {
    complaints = [];
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // What a page has ended itself, such as a feed that it does not listen to any more.
      if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${reason}`);
    });
  });
  afterEach(() => page.close());

  test('the pages of the API show every operation, and carry one out', async () => {
    await page.goto(`${server.url}/api/docs`);
    await page.locator('.opblock-tag').first().waitFor();
    await page.locator('.opblock-tag', { hasText: 'tasks' }).first().click();
    const operation = page.locator('.opblock', { hasText: 'tasks.list' }).first();
    await operation.locator('.opblock-summary').click();
    expect(await operation.locator('.parameters').first().textContent()).toContain('limit');
    await page.locator('.btn.authorize').first().click();
    await page.locator('.auth-container input').first().fill(server.ownerKey);
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.btn-done').first().click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answered = operation.locator('.live-responses-table .response-col_status').nth(1);
    await answered.waitFor();
    expect(await answered.textContent()).toContain('200');
    expect(complaints).toEqual([]);
  });

  test('the SDK works on a page of another origin: it writes, reads, is refused, and listens', async () => {
    await page.goto(pages.origin);
    await page.waitForFunction(() => 'sdk' in globalThis);
    const seen = await page.evaluate(
      async ({ url, apiKey }) => {
        const sdk: typeof import('@synap/client') = Reflect.get(globalThis, 'sdk');
        const { createSynap, entities, events, notes, ProblemError } = sdk;
        const synap = createSynap({ url, apiKey });
        const controller = new AbortController();
        const heard: string[] = [];
        const listening = (async () => {
          const feed = events.subscribe(synap, { after: '0', type: 'entity.created' }, { signal: controller.signal });
          for await (const event of feed) {
            if (event.type === 'entity.created') heard.push(event.data.title);
            if (heard.length === 2) return;
          }
        })();
        const first = await notes.create(synap, { content: 'Written on a page', title: 'First' });
        await notes.create(synap, { content: 'Written on a page, too', title: 'Second' });
        await listening;
        controller.abort();
        const { entity } = await entities.get(synap, { id: first.entity.id });
        const content = await (await entities.content(synap, { id: entity.id })).text();
        const refused = await entities
          .update(synap, { id: entity.id, title: 'Late', expectedVersion: 99 })
          .catch((error: unknown) => (error instanceof ProblemError ? error.code : String(error)));
        return { heard, title: entity.title, content, refused };
      },
      { url: server.url, apiKey: server.ownerKey },
    );
    expect(seen).toEqual({
      heard: ['First', 'Second'],
      title: 'First',
      content: 'Written on a page',
      refused: 'version_conflict',
    });
    // A browser writes down every answer that is a refusal; there was one.
    expect(complaints).toEqual([expect.stringContaining('409')]);
  });

  test('a page of an origin that is not named reads nothing', async () => {
    const stranger = await servePage();
    try {
      await page.goto(stranger.origin);
      const read = await page.evaluate(
        ({ url, apiKey }) =>
          fetch(`${url}/api/v1/entities`, { headers: { authorization: `Bearer ${apiKey}` } }).then(
            () => 'read',
            () => 'refused',
          ),
        { url: server.url, apiKey: server.ownerKey },
      );
      expect(read).toBe('refused');
      expect(complaints.join()).toContain('CORS');
    } finally {
      await stranger.close();
    }
  });

  test('whoever has forgotten their password sets another one on the page that the letter names', async () => {
    const ann = { email: 'ann@example.com', password: 'correct horse battery', name: 'Ann' };
    expect((await server.call('POST', '/api/auth/sign-up/email', ann)).status).toBe(200);
    await server.call('POST', '/api/auth/request-password-reset', { email: ann.email });
    const link = await eventually(
      async () => /http:\S+\/reset-password\?token=[\w-]+/.exec(server.output())?.[0] ?? '',
      (found) => found !== '',
    );
    await page.goto(link);
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button').click();
    await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
    await page.getByLabel('New password').fill('a staple of another battery');
    await page.getByRole('button').click();
    await page.getByText('It is set.').waitFor();
    const signIn = (password: string) => server.call('POST', '/api/auth/sign-in/email', { email: ann.email, password });
    expect((await signIn(ann.password)).status).toBe(401);
    expect((await signIn('a staple of another battery')).status).toBe(200);
  });

  test('a passkey of this browser signs its person in', async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const named = await startServer(await newDataDirectory(), { PORT: port, BETTER_AUTH_URL: origin });
    try {
      const eve = { email: 'eve@example.com', password: 'correct horse battery', name: 'Eve' };
      expect((await named.call('POST', '/api/auth/sign-up/email', eve)).status).toBe(200);
      const devTools = await page.context().newCDPSession(page);
      await devTools.send('WebAuthn.enable');
      await devTools.send('WebAuthn.addVirtualAuthenticator', { options: A_MACHINE_THAT_KNOWS_ITS_PERSON });
      await page.goto(`${origin}/`);
      const { email, password } = eve;
      expect(await page.evaluate(`(${REGISTER_PASSKEY})(${JSON.stringify({ email, password })})`)).toEqual({
        registered: 200,
        signedOut: 401,
      });
      expect(await page.evaluate(`(${SIGN_IN_BY_PASSKEY})()`)).toEqual({ signedIn: 200, reads: 200 });
    } finally {
      await named.stop();
    }
  });
});

const A_MACHINE_THAT_KNOWS_ITS_PERSON = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

/** As text, since it is of the browser: what a page does with the Web Authentication API. */
const ASK = `const ask = (path, body) => fetch(path, body === undefined ? {} : {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
});`;
const REGISTER_PASSKEY = `async ({ email, password }) => {
  ${ASK}
  await ask('/api/auth/sign-in/email', { email, password });
  const options = await (await ask('/api/auth/passkey/generate-register-options')).json();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const response = (await navigator.credentials.create({ publicKey })).toJSON();
  const registered = await ask('/api/auth/passkey/verify-registration', { response, name: 'This machine' });
  await ask('/api/auth/sign-out', {});
  return { registered: registered.status, signedOut: (await ask('/api/v1/entities')).status };
}`;
const SIGN_IN_BY_PASSKEY = `async () => {
  ${ASK}
  const options = await (await ask('/api/auth/passkey/generate-authenticate-options')).json();
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const response = (await navigator.credentials.get({ publicKey })).toJSON();
  const signedIn = await ask('/api/auth/passkey/verify-authentication', { response });
  return { signedIn: signedIn.status, reads: (await ask('/api/v1/entities')).status };
}`;
