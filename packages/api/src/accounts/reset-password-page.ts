import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';

/** Where the link in a letter leads. */
const PATH = '/reset-password';
/** A page of one form: it loads nothing and runs nothing. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const formSchema = z.object({ token: z.string().max(200), newPassword: z.string().max(1000) });
/** What refuses it says why in its own words, or in those of a problem document. */
const refusalSchema = z.union([
  z.object({ message: z.string() }),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ message: detail })),
]);

/** A page that asks for a new password, for whoever has the token of a letter. */
export function serveResetPasswordPage(app: Hono<ServedRequest>): void {
  app.get(PATH, (context) => page(context, { token: context.req.query('token') ?? '' }));

  app.post(PATH, async (context) => {
    const form = formSchema.parse(Object.fromEntries(await context.req.raw.formData()));
    const headers = new Headers({ 'content-type': 'application/json' });
    const origin = context.req.header('origin');
    if (origin !== undefined) headers.set('origin', origin);
    const url = new URL('/api/auth/reset-password', context.req.url);
    // By the front door, so that what guards it guards this.
    const answer = await app.fetch(
      new Request(url, { method: 'POST', headers, body: JSON.stringify(form) }),
      context.env,
    );
    if (answer.ok) return page(context, { isDone: true });
    const { message } = refusalSchema.catch({ message: 'It did not work.' }).parse(await answer.json());
    return page(context, { token: form.token, message });
  });
}

function page(
  context: Context<ServedRequest>,
  { token = '', message = '', isDone = false }: { token?: string; message?: string; isDone?: boolean },
): Response | Promise<Response> {
  context.header('content-security-policy', CONTENT_SECURITY_POLICY);
  context.header('cache-control', 'no-store');
  const form = html`<form method="post" action="${PATH}">
      <input type="hidden" name="token" value="${token}" />
      <label>New password <input type="password" name="newPassword" autocomplete="new-password" required autofocus /></label>
      <button>Set it</button>
      <p role="alert">${message}</p>
    </form>`;
  return context.html(html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Synap: a new password</title>
      <style>
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem }
        input[type='password'] { display: block; width: 100%; box-sizing: border-box; margin: 0.25rem 0 1rem; padding: 0.5rem }
      </style>
      <h1>A new password</h1>
      ${isDone ? html`<p>It is set. Whoever was signed in as you is signed out; sign in anew.</p>` : form}
    </html>`);
}
