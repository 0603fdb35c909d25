// A mail server that takes everything: what a person would find in their mailbox.

import { createServer } from 'node:net';

/** `port`, `next()`, which gives the text of the next mail, and `close()`. */
export async function openMailbox() {
  const mails = [];
  const waiting = [];
  const arrive = (mail) => (waiting.length ? waiting.shift()(mail) : mails.push(mail));
  const server = createServer((socket) => serve(socket, arrive));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const next = () => (mails.length ? Promise.resolve(mails.shift()) : new Promise((resolve) => waiting.push(resolve)));
  return { port: server.address().port, next, close: () => server.close() };
}

function serve(socket, arrive) {
  let data = null;
  let rest = '';
  const answer = (line) => socket.write(`${line}\r\n`);
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\r\n');
    rest = lines.pop();
    for (const line of lines) {
      if (data !== null) {
        if (line !== '.') {
          data.push(line.replace(/^\./, ''));
          continue;
        }
        arrive(text(data.join('\r\n')));
        data = null;
        answer('250 taken');
      } else if (line.toUpperCase() === 'DATA') {
        data = [];
        answer('354 go ahead');
      } else {
        answer(line.toUpperCase() === 'QUIT' ? '221 goodbye' : '250 fine');
      }
    }
  });
  answer('220 post.example ready');
}

/** The body of a mail; its lines may be quoted. */
function text(mail) {
  const [head, body] = mail.split(/\r\n\r\n(.*)/s);
  if (!/quoted-printable/i.test(head)) return body;
  return body.replaceAll('=\r\n', '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}
