/** What a client sends to open a WebSocket, for tests that write it to a socket themselves. */
export const handshake = (more: readonly string[] = []): string =>
  [
    'GET /v1/session HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ...more,
    '\r\n',
  ].join('\r\n')
