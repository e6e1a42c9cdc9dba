import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';

/** A mail server on this machine that keeps what it is sent. */
export interface MailServer {
  readonly url: string;
  /** The letters as they came, with their headers. */
  readonly letters: readonly string[];
  close(): Promise<void>;
}

/** Speaks as much of SMTP (RFC 5321) as it takes to be sent a letter. */
export async function startMailServer(): Promise<MailServer> {
  const letters: string[] = [];
  const server = createServer((socket) => converse(socket, letters));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    letters,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function converse(socket: Socket, letters: string[]): void {
  let heard = '';
  let letter: string | null = null;
  const answer = (line: string): void => {
    if (letter !== null) {
      if (line !== '.') letter += `${line}\n`;
      else {
        letters.push(letter);
        letter = null;
        socket.write('250 kept\r\n');
      }
    } else if (line === 'DATA') {
      letter = '';
      socket.write('354 go on\r\n');
    } else if (line === 'QUIT') socket.end('221 bye\r\n');
    else socket.write('250 mail.test\r\n');
  };
  socket.write('220 mail.test\r\n');
  socket.on('data', (bytes) => {
    const lines = (heard + bytes.toString()).split('\r\n');
    heard = lines.pop() ?? '';
    for (const line of lines) answer(line);
  });
}
