import * as z from 'zod';
import type { DescribedRoute } from '../openapi/described-route.ts';
import { problemView } from '../openapi/problems.ts';
import { instantView } from '../views/things.ts';

/*
 * What accounts are used by at first, as the document says it; Better Auth answers it, and documents the rest:
 * second factors, passkeys, sign-in by others (https://better-auth.com/docs).
 */

const emailField = z.email().meta({ examples: ['anna@example.com'] });
const passwordField = z
  .string()
  .min(10)
  .meta({ examples: ['correct horse battery'] });

const userView = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    image: z.string().nullable(),
    role: z.string().nullable().describe('`owner` if this installation is theirs.'),
    twoFactorEnabled: z.boolean().nullable(),
    createdAt: instantView,
    updatedAt: instantView,
  })
  .meta({ id: 'User' });
const sessionView = z
  .object({
    id: z.string(),
    userId: z.string(),
    token: z.string(),
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable(),
    expiresAt: instantView,
    createdAt: instantView,
    updatedAt: instantView,
  })
  .meta({ id: 'Session' });
const doneView = z.object({ status: z.boolean() });

const refusalView = z.object({ message: z.string(), code: z.string().optional() }).meta({
  id: 'AccountRefusal',
  examples: [{ message: 'Invalid email or password', code: 'INVALID_EMAIL_OR_PASSWORD' }],
});
/** Better Auth's clients read `message`. */
const problemWithMessage = problemView.extend({ message: z.string().optional() }).meta({ id: 'AccountProblem' });

type Answers = DescribedRoute['answers'];
const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
const refused = {
  description: 'It is refused, by Better Auth or before that.',
  content: { ...json(refusalView), 'application/problem+json': { schema: problemWithMessage } },
};
/** What is answered, and the statuses of refusals. */
const answer = (description: string, schema: z.ZodType, ...refusals: number[]): Answers => ({
  200: { description, content: json(schema) },
  ...Object.fromEntries([...refusals, 429].map((status) => [status, refused])),
});
const body = (schema: z.ZodObject): NonNullable<DescribedRoute['body']> => ({
  isRequired: true,
  content: json(schema),
});

const account = (
  method: 'GET' | 'POST',
  name: string,
  route: Pick<DescribedRoute, 'summary' | 'answers'> & Partial<DescribedRoute>,
): DescribedRoute => ({
  method,
  path: `/api/auth/${name}`,
  operationId: `accounts.${name.replace('/email', '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
  tag: 'accounts',
  problems: [413, 500],
  ...route,
});

const signedIn = z.object({ token: z.string().nullable(), user: userView });
const signedInView = z.union([
  signedIn.extend({ redirect: z.boolean() }),
  z.object({ twoFactorRedirect: z.literal(true), twoFactorMethods: z.array(z.string()) }),
]);

export const describedAccounts: readonly DescribedRoute[] = [
  account('POST', 'sign-up/email', {
    summary: 'Makes an account',
    description: 'Whoever is first is the owner of the installation; `SYNAP_SIGNUP` says who may after that.',
    isOpen: true,
    body: body(z.object({ email: emailField, password: passwordField, name: z.string() })),
    answers: answer('It is made, and signed in.', signedIn, 400, 403, 422),
  }),
  account('POST', 'sign-in/email', {
    summary: 'Signs in',
    isOpen: true,
    body: body(z.object({ email: emailField, password: z.string() })),
    answers: answer('The session is in the cookie; or a second factor is asked for.', signedInView, 400, 401, 403),
  }),
  account('POST', 'sign-out', {
    summary: 'Signs out',
    answers: answer('The session has ended.', z.object({ success: z.boolean() }), 400, 403),
  }),
  account('GET', 'get-session', {
    summary: 'Reads who is signed in',
    isOpen: true,
    answers: answer('The session, or `null`.', z.object({ session: sessionView, user: userView }).nullable()),
  }),
  account('GET', 'list-sessions', {
    summary: 'Lists the sessions',
    answers: answer('The sessions.', z.array(sessionView), 401),
  }),
  account('POST', 'revoke-session', {
    summary: 'Ends a session',
    body: body(z.object({ token: z.string() })),
    answers: answer('It has ended.', doneView, 400, 401, 403),
  }),
  account('POST', 'change-password', {
    summary: 'Changes the password',
    body: body(
      z.object({
        currentPassword: z.string(),
        newPassword: passwordField,
        revokeOtherSessions: z.boolean().optional(),
      }),
    ),
    answers: answer('It is changed.', signedIn, 400, 401, 403),
  }),
  account('POST', 'request-password-reset', {
    summary: 'Sends a letter with a link for a new password',
    isOpen: true,
    body: body(z.object({ email: emailField })),
    answers: answer(
      'The same whether there is such an account or not.',
      doneView.extend({ message: z.string() }),
      400,
      403,
    ),
  }),
  account('POST', 'reset-password', {
    summary: 'Sets a new password, by the token of a letter',
    isOpen: true,
    body: body(z.object({ token: z.string(), newPassword: passwordField })),
    answers: answer('It is set; every session has ended.', doneView, 400, 403),
  }),
];
