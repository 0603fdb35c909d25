// The least that a server made with the package `ws` has to do: whoever is there is told what is posted.
'use strict';

const { createServer } = require('node:http');
const { WebSocketServer } = require('ws');

const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const told = Buffer.concat(pieces);
    for (const socket of sockets.clients) socket.send(told, { binary: false });
    response.end();
  });
});
const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
