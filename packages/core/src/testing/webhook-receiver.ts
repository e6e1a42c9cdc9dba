import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** A message as it came. */
export interface ReceivedMessage {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** `{type, timestamp, data}`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read messages as a receiver without types would
  readonly content: any;
}

/** What a receiver answers. */
export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly content?: string;
}

/** Somebody's server that takes messages. */
export interface WebhookReceiver {
  readonly port: number;
  readonly url: string;
  /** Whatever came, also what was not taken. */
  readonly received: ReceivedMessage[];
  /** The messages that were taken, each once, by their ids. */
  taken(): Map<string, ReceivedMessage>;
  /** Says what is answered from now on; 204 at first. */
  answer(how: (message: ReceivedMessage) => ReceiverAnswer | Promise<ReceiverAnswer>): void;
  /** Checks a message as a receiver does. @throws if it is not signed with this secret. */
  verify(message: ReceivedMessage, secret: string): void;
  close(): Promise<void>;
}

export async function startReceiver({ port = 0 }: { port?: number } = {}): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = [];
  const taken = new Map<string, ReceivedMessage>();
  let answer: (message: ReceivedMessage) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 204 });
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const id = String(request.headers['webhook-id']);
    const message = { id, headers: request.headers, body, content: JSON.parse(body) };
    received.push(message);
    const { status, headers = {}, content = '' } = await answer(message);
    if (status < 300) taken.set(id, message);
    response.on('error', () => undefined);
    response.writeHead(status, headers).end(content);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: listening } = server.address() as AddressInfo;
  return {
    port: listening,
    url: `http://127.0.0.1:${listening}/hook`,
    received,
    taken: () => taken,
    answer: (how) => {
      answer = how;
    },
    verify: ({ body, headers }, secret) => {
      new Webhook(secret).verify(body, {
        'webhook-id': String(headers['webhook-id']),
        'webhook-timestamp': String(headers['webhook-timestamp']),
        'webhook-signature': String(headers['webhook-signature']),
      });
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
