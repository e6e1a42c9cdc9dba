import type { Hono } from 'hono';
import type { ServedRequest } from '../app.ts';
import { createDocument, DOCUMENT_PATH } from './document.ts';
import { answerPrepared, type PreparedAnswer, prepareAnswer } from './prepared-answer.ts';

/** `GET /api/openapi.json`: what there is, for programs. It is made when it is first asked for. */
export function serveDocument(app: Hono<ServedRequest>, { publicOrigin }: { publicOrigin: string | null }): void {
  let made: { serverUrl: string; answer: Promise<PreparedAnswer> } | null = null;
  app.get(DOCUMENT_PATH, async (context) => {
    const serverUrl = publicOrigin ?? new URL(context.req.url).origin;
    // Whoever reaches this server under ever new names fills nothing: the last one is kept.
    if (made?.serverUrl !== serverUrl) {
      const text = JSON.stringify(createDocument({ serverUrl }));
      made = { serverUrl, answer: prepareAnswer(text, { type: 'application/json' }) };
    }
    return answerPrepared(context.req.raw, await made.answer);
  });
}
